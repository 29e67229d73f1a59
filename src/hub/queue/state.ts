import type { AttemptResult, FailureClass } from "../../domain/dispatch/attempt.ts";
import type { PackageSummary } from "../../domain/dispatch/run-package.ts";
import type { QueueEvent } from "../../app/dispatch/remote-queue.ts";
import type { WorkerFacts } from "./events.ts";
import { makeWaiting, type Group, type Waiting } from "./waiting.ts";

/** The queue in memory. `apply()` alone changes it, so a replayed journal gives the same state. */
export interface QueueState {
  /** Number of the last event. */
  seq: number;
  /** Those that did not end, in the order they came. */
  packages: Map<string, PackageState>;
  /** The last ones that ended, oldest first: what late results and repeated requests are told by. */
  ended: Map<string, EndedPackage>;
  /** Their ids in that order; the first `endedHead` of them are forgotten. */
  endedIds: string[];
  endedHead: number;
  workers: Map<string, WorkerState>;
  waiting: Waiting;
  /** Queued, but not before their `due_ms`. */
  delayed: Set<PackageState>;
  leased: Set<PackageState>;
  /** Over, and not in the ledger yet, in the order they ended. */
  ending: Set<PackageState>;
  experiments: Map<string, ExperimentState>;
}

/**
 *     queued --claimed--> leased --completed, cancelled, given up--> ending --ingested--> ended
 *        ^------requeued-----'  (also from queued to ending)
 */
export interface PackageState {
  summary: PackageSummary;
  /** Number of the event that brought it: its age. */
  order: number;
  status: "queued" | "leased" | "ending";
  /** Of the last attempt; 0 before the first. */
  epoch: number;
  /** By epoch, from 1 on. */
  attempts: AttemptState[];
  /** Attempts that the infrastructure lost. */
  tries: number;
  /** Monotonic. */
  due_ms: number;
  group: Group | null;
  prune: string | null;
  end: End | null;
  class: FailureClass | null;
  result: AttemptResult | null;
  watched: Watched;
}

export interface AttemptState {
  worker: string;
  /** expired: no sign of life; its result still counts when it comes first. */
  state: "leased" | "expired" | "released" | "over";
  class: FailureClass | null;
  reason: string;
  claimed_at: number;
  ended_at: number | null;
  /** Monotonic; only while leased. */
  deadline_ms: number;
}

export type End =
  | { kind: "sealed"; epoch: number; key: string }
  | { kind: "cancelled"; reason: string }
  | { kind: "lost"; reason: string };

export interface EndedPackage {
  id: string;
  end: End;
  watched: Watched;
}

export interface WorkerState {
  facts: WorkerFacts;
  joined_at: number;
  /** Somebody wants it to end. */
  draining: boolean;
  /** It said itself that it takes nothing more. */
  leaving: boolean;
  revoked: boolean;
  /** Wall time of its last request, milliseconds since 1970. */
  seen_at: number;
  /** Attempts it got by the key of its claim, the newest claims only. */
  keys: Map<string, string[]>;
  leased: number;
}

export interface ExperimentState {
  /** GPUs, or slots, that its attempts hold now. */
  leased: number;
  /** Its packages, the one that changed last at the end. */
  first: Watched | null;
  last: Watched | null;
}

/** What watchers of an experiment are told about one package; see watch.ts. */
export interface Watched {
  experiment: string;
  marks: { seq: number; event: QueueEvent }[];
  before: Watched | null;
  after: Watched | null;
}

export function emptyState(): QueueState {
  return {
    seq: 0,
    packages: new Map(),
    ended: new Map(),
    endedIds: [],
    endedHead: 0,
    workers: new Map(),
    waiting: makeWaiting(),
    delayed: new Set(),
    leased: new Set(),
    ending: new Set(),
    experiments: new Map(),
  };
}

/** How much of a worker a package takes: as many slots as GPUs, at least one. */
export function weightOf({ needs }: PackageSummary): number {
  return Math.max(1, needs.gpus);
}

export function experimentOf(state: QueueState, id: string): ExperimentState {
  let found = state.experiments.get(id);
  if (found === undefined) {
    found = { leased: 0, first: null, last: null };
    state.experiments.set(id, found);
  }
  return found;
}
