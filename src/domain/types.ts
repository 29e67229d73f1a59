/**
 * The words of the lab. Every other file uses these names and no others.
 *
 * - **experiment**: one SPEC, one primary metric with one direction, one history.
 * - **run**: one bounded attempt; a bundle under `experiments/<id>/runs/<run-id>/`.
 * - **trial**: a run as a search strategy sees it: params in, value or typed failure out.
 * - **tier**: fidelity level of a run; values of different tiers are never compared.
 * - **seal**: the single act that makes a bundle final.
 * - **baton**: the "Next" section of the last RESULT.md, carried into NEXT.md.
 */

export type JsonValue =
  null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

export type JsonObject = { [key: string]: JsonValue };

/** One assignment of values to the parameters of a search space. */
export type Params = JsonObject;

export const DIRECTIONS = ["maximize", "minimize"] as const;
export type Direction = (typeof DIRECTIONS)[number];

export const PHASES = ["queued", "active", "awaiting-human", "paused", "completed"] as const;
export type Phase = (typeof PHASES)[number];

export const PRIORITIES = ["urgent", "high", "normal", "low"] as const;
export type Priority = (typeof PRIORITIES)[number];

/**
 * How a run ended. Only `success` may carry a value; every other outcome has `value: null`
 * (unknown is never a number). `lost` and `cancelled` say nothing about the candidate itself.
 */
export const OUTCOMES = [
  "success",
  "failed",
  "timeout",
  "pruned",
  "invalid-metric",
  "void",
  "lost",
  "cancelled",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * Where the run came from: the scheduler (`run-once`), one of the iterating commands, a trial that
 * was asked and told (`ask`, `tell`), a file of earlier trials (`enqueue`), `finalize`, or an agent's
 * ticket (`submit`).
 */
export const RUN_MODES = [
  "scheduled",
  "burst",
  "guided",
  "swarm",
  "told",
  "imported",
  "finalize",
  "submitted",
] as const;
export type RunMode = (typeof RUN_MODES)[number];

export const WORKSPACE_MODES = ["auto", "git-clone", "copy"] as const;
export type WorkspaceMode = (typeof WORKSPACE_MODES)[number];

/** One sealed run as one row of metrics.jsonl: the trial history strategies read. */
export interface TrialRow {
  run_id: string;
  ts: string;
  iteration: number;
  metric: string;
  value: number | null;
  /** Every objective and constrained metric of the SPEC; absent when it has none. */
  objectives?: Record<string, number>;
  source: string;
  outcome: Outcome;
  tier: string;
  mode: RunMode;
  strategy: string | null;
  params: Params | null;
  provenance: Params | null;
  /** Of the change of code that was measured; absent when there was none. */
  patch_sha256?: string;
  /** Intermediate values, [step, value] each, thinned; absent when there were none. */
  reports?: [number, number][];
  /** With several objectives: their values at each of `reports`, null where one was not reported. */
  report_values?: Record<string, (number | null)[]>;
  duration_ms?: number;
}
