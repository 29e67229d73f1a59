import type { IntermediateValue } from "../../run/reports.ts";

/** The hub, as those see it who give it packages: `hub/client.ts`, over HTTP. */
export interface RemoteQueue {
  /** `document` is a RunPackage as JSON. Durable on return; the same package again changes nothing. */
  submit(document: string): Promise<void>;
  /**
   * What happened after `after` (0 for the beginning) to packages of an experiment; waits up to
   * `wait_s` for something. Goes on by itself over restarts of the hub.
   */
  watch(
    experiment: string,
    after: number,
    wait_s: number,
    signal: AbortSignal,
  ): Promise<{ seq: number; events: QueueEvent[] }>;
  /** No attempt of it goes on, and it is never given out again. A package that ended stays as it is. */
  cancel(id: string, reason: string): Promise<void>;
  /** Its attempt is stopped and what it reported so far is its result. */
  prune(id: string, reason: string): Promise<void>;
  /** Of these packages, those the queue still answers for: queued, claimed, or not ingested yet. */
  open(ids: readonly string[]): Promise<string[]>;
}

export type QueueEvent = { package: string; run_id: string } & (
  | { kind: "claimed"; worker: string; epoch: number }
  /** The values of an earlier epoch do not count any more when a new one begins. */
  | { kind: "reports"; epoch: number; values: IntermediateValue[] }
  | { kind: "requeued"; reason: string }
  /** Its run is sealed and in the ledger. */
  | { kind: "ingested" }
  | { kind: "cancelled"; reason: string }
);
