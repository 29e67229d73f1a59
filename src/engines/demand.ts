import type { EngineOptions } from "../domain/spec/engine-kinds.ts";
import type { Needs } from "../domain/dispatch/run-package.ts";

/** What the queue wants of an engine, asked about once a second. */
export interface Demand {
  /** Packages that nobody has claimed, the next to be claimed first. */
  waiting: WaitingRun[];
  /** Workers that a job of ours started, also those that left within the last hour. */
  workers: JobWorker[];
}

export interface WaitingRun {
  package: string;
  needs: Needs;
  /** The time that its attempt may take. */
  timeout_ms: number;
  /** `engine_options` of its SPEC. */
  options: EngineOptions;
}

export interface JobWorker {
  /** As it said when it joined. */
  tag: string;
  alive: boolean;
  /** Slots that would take work now; 0 when it drains. */
  free: number;
  /** It said itself that it goes, and has nothing left: its job ends by itself. */
  done: boolean;
}
