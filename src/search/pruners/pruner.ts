import type { PrunerConfig, PrunerRule } from "../../domain/pruner-config.ts";

/**
 * Pruners stop a run early because of the intermediate values it reports. Values are losses: the
 * direction of the SPEC was applied before. A pruner is a pure function of what was reported, asked
 * again after each new report of the run.
 */

/** One intermediate value. Steps are positive and usually epochs; only their order matters. */
export interface Report {
  step: number;
  loss: number;
  /** Losses of all objectives, when there are several and all of them were reported. */
  losses?: readonly number[];
}

export interface PruneRequest {
  /** Reports of the run in question, by step; the last one is new. */
  own: readonly Report[];
  /** Reports of every other run of the tier, finished, pruned and running, each by step. */
  others: readonly (readonly Report[])[];
  /** Reports of the best finished run; null when there is none. */
  best: readonly Report[] | null;
  /** Iteration of the run, from 1: spreads runs over the brackets of hyperband. */
  iteration: number;
}

/** What the SPEC says, with the limit of `threshold` as a loss. */
export type PrunerOptions = Omit<PrunerConfig, "worst"> & { worst_loss: number };

export interface Pruner {
  name: PrunerRule;
  /** One line for the docs. */
  summary: string;
  /** Why to stop the run now, in one line; null to go on. */
  prune(request: PruneRequest, options: PrunerOptions): string | null;
}

/** Lowest loss reported up to `step`; null when nothing was. */
export function bestLossUntil(reports: readonly Report[], step: number): number | null {
  let best: number | null = null;
  for (const report of reports) {
    if (report.step > step) break;
    if (best === null || report.loss < best) best = report.loss;
  }
  return best;
}

/** Loss at the first report at or after `step`: the run has reached it; null when it has not. */
export function lossAt(reports: readonly Report[], step: number): number | null {
  return reports.find((report) => report.step >= step)?.loss ?? null;
}

/** All losses at the first report at or after `step` that has them; null when there is none. */
export function lossesAt(reports: readonly Report[], step: number): readonly number[] | null {
  return (
    reports.find((report) => report.step >= step && report.losses !== undefined)?.losses ?? null
  );
}

/** All losses at the last report up to `step` that has them; null when there is none. */
export function lossesUntil(reports: readonly Report[], step: number): readonly number[] | null {
  const last = reports.findLast((report) => report.step <= step && report.losses !== undefined);
  return last?.losses ?? null;
}
