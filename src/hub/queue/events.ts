import type { AttemptResult, FailureClass } from "../../domain/dispatch/attempt.ts";
import type { Hello } from "../../domain/dispatch/protocol.ts";
import type { PackageSummary } from "../../domain/dispatch/run-package.ts";
import type { IntermediateValue } from "../../run/reports.ts";
import type { KeptEnded, KeptPackage, KeptWorker } from "./snapshot.ts";

/** What a worker said of itself when it joined, under the name it got. */
export type WorkerFacts = Omit<Hello, "protocol" | "key">;

/**
 * Everything that ever changes the queue, as the journal keeps it. `at` is wall time in milliseconds
 * since 1970, for people: nothing is decided by it. The `kept-...` are a snapshot: the state of
 * before, as the first lines of a segment.
 */
export type HubEvent = { at: number } & (
  | { t: "joined"; worker: WorkerFacts }
  /** Not seen for so long that it is forgotten. */
  | { t: "left"; worker: string }
  | { t: "drained"; worker: string }
  | { t: "revoked"; worker: string }
  | { t: "submitted"; pack: PackageSummary }
  | { t: "claimed"; package: string; epoch: number; worker: string; key: string }
  | { t: "reports"; package: string; epoch: number; values: IntermediateValue[] }
  /** An attempt ended without a result; the package waits `wait_ms`, then it is given out again. */
  | {
      t: "requeued";
      package: string;
      epoch: number;
      class: FailureClass;
      reason: string;
      wait_ms: number;
      /** Its worker gave it back itself, so it will not finish it any more. */
      released: boolean;
    }
  /** It was thought dead, was heard of again, and nobody else had the package meanwhile. */
  | { t: "resumed"; package: string; epoch: number }
  | {
      t: "completed";
      package: string;
      epoch: number;
      key: string;
      class: FailureClass | null;
      /** null: in a file of its own, because it is large. */
      result: AttemptResult | null;
    }
  | { t: "pruned"; package: string; epoch: number; reason: string }
  | { t: "cancelled"; package: string; reason: string }
  /** Given up: quarantined, or released for a reason that another try would not mend. */
  | { t: "given-up"; package: string; reason: string }
  /** Its run is sealed and in the ledger: the queue has nothing to do with it any more. */
  | { t: "ingested"; package: string; how: string }
  | { t: "kept-worker"; worker: KeptWorker }
  | { t: "kept-package"; package: KeptPackage }
  | { t: "kept-ended"; package: KeptEnded }
);

export type HubEventOf<T extends HubEvent["t"]> = Extract<HubEvent, { t: T }>;
