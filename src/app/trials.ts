import { toLoss } from "../domain/metric.ts";
import { lossesOf, measuredOf, violationOf, type Aims } from "../domain/objectives.ts";
import { adaptParams } from "../domain/space/adapt.ts";
import { fitsSpace } from "../domain/space/axes.ts";
import type { Space } from "../domain/space.ts";
import type { TrialRow } from "../domain/types.ts";
import { reportsOf } from "../reduce/reports.ts";
import { parseMetricsRows } from "../reduce/metrics-row.ts";
import type { Trial } from "../search/strategy.ts";
import type { Session } from "./session.ts";

/** Every sealed run of an experiment, in ledger order. */
export async function trialRows(session: Session, experiment: string): Promise<TrialRow[]> {
  return parseMetricsRows(await session.store.metricsText(experiment)).rows;
}

/**
 * The history a strategy sees: runs of `tier` with params that fit the space (those of an
 * older version adapted), by iteration, values
 * as losses to minimise. Lost and cancelled runs are no observations.
 */
export function trialsOf(rows: readonly TrialRow[], request: TrialScope): Trial[] {
  const trials: Trial[] = [];
  for (const row of rows) {
    const trial = trialOf(row, request);
    if (trial !== null) trials.push(trial);
  }
  return trials.sort((a, b) => a.index - b.index);
}

/** Which trials are meant, and how they are judged. */
export interface TrialScope {
  space: Space;
  tier: string;
  aims: Aims;
}

/** The parts of a sealed run that make a trial. */
export type FinishedTrial = Pick<
  TrialRow,
  | "iteration"
  | "tier"
  | "outcome"
  | "value"
  | "objectives"
  | "params"
  | "strategy"
  | "provenance"
  | "reports"
  | "report_values"
  | "duration_ms"
>;

/** One row as a trial, or null when it is none for this space and tier. */
export function trialOf(row: FinishedTrial, { space, tier, aims }: TrialScope): Trial | null {
  if (row.params === null || row.tier !== tier) return null;
  const params = fitsSpace(space, row.params) ? row.params : adaptParams(space, row.params);
  if (params === null) return null;
  if (row.outcome === "lost" || row.outcome === "cancelled") return null;
  // A pruned run says something about its params: the last value it reported, and how far it got.
  const last = row.outcome === "pruned" ? row.reports?.at(-1) : undefined;
  const value = row.value ?? last?.[1] ?? null;
  return {
    index: row.iteration - 1,
    params,
    loss: value === null ? null : toLoss(aims.metric_direction, value),
    ...(row.value === null ? lastLosses(row, aims) : judgedOf(row, aims)),
    ...(last === undefined ? {} : { pruned_at: last[0] }),
    ...(row.duration_ms === undefined ? {} : { duration_ms: row.duration_ms }),
    strategy: row.strategy,
    provenance: row.provenance,
  };
}

/**
 * What several objectives and output constraints add to a trial. A run that lacks one of their
 * metrics, as those before the SPEC asked for it do, is no better than a failed one.
 */
export function judgedOf(
  row: Pick<FinishedTrial, "value" | "objectives">,
  aims: Aims,
): Partial<Pick<Trial, "loss" | "losses" | "violation">> {
  const { objectives, output_constraints: constraints } = aims;
  if (objectives.length === 0 && constraints.length === 0) return {};
  const measured = measuredOf(aims, row);
  const losses = lossesOf(objectives, measured);
  const violation = violationOf(constraints, measured);
  if (losses === null || violation === null) return { loss: null };
  return {
    ...(objectives.length === 0 ? {} : { losses }),
    ...(constraints.length === 0 ? {} : { violation }),
  };
}

/** All losses that a pruned run reported last, when it did. */
function lastLosses(row: FinishedTrial, aims: Aims): Partial<Pick<Trial, "losses">> {
  const objectives = row.outcome === "pruned" ? reportsOf(row).at(-1)?.objectives : undefined;
  const losses = objectives === undefined ? null : lossesOf(aims.objectives, objectives);
  return losses === null || losses.length === 0 ? {} : { losses };
}

/**
 * A history with one more trial, in order of index. It grows in place at its end, which lets
 * strategies keep what they derived from it; a trial that overtook another makes a new array.
 */
export function withTrial(history: Trial[], trial: Trial): Trial[] {
  const after = history.findLastIndex((other) => other.index < trial.index);
  if (after < history.length - 1) return history.toSpliced(after + 1, 0, trial);
  history.push(trial);
  return history;
}
