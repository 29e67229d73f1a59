import type { NotifyTopic } from "../domain/notify.ts";
import type { Phase } from "../domain/types.ts";

/** What the view of an experiment keeps so that people can be called in time. */

/** Runs that failed alike. */
export interface FailureGroup {
  signature: string;
  count: number;
  last_run: string;
  last_at: string;
  /** What the last of them said. */
  example: string;
}

/** How the values of a tier went. */
export interface Trend {
  /** Of the runs of this lab; null before the first. */
  last: number | null;
  worst: number;
  /** How many were measured. */
  values: number;
  /** Measured runs in a row that were each worse than the one before. */
  declines: number;
}

/** Something people wanted to be told of. */
export interface Notice {
  /** Of the event it comes from: where the experiment stood in the ledger just before it. */
  position: number;
  at: string;
  /** Most particular first. */
  topics: NotifyTopic[];
  run_id: string | null;
  value: number | null;
  /** The best before it, for a new best. */
  previous: number | null;
  phase: Phase;
  reason: string;
}
