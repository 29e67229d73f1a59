import { toLoss } from "../domain/metric.ts";
import { fitsSpace } from "../domain/space/axes.ts";
import type { Space } from "../domain/space.ts";
import type { Direction, TrialRow } from "../domain/types.ts";
import { parseMetricsRows } from "../reduce/metrics-row.ts";
import type { Trial } from "../search/strategy.ts";
import type { Session } from "./session.ts";

/** Every sealed run of an experiment, in ledger order. */
export async function trialRows(session: Session, experiment: string): Promise<TrialRow[]> {
  return parseMetricsRows(await session.store.metricsText(experiment)).rows;
}

/**
 * The history a strategy sees: runs of `tier` with params that fit the space, by iteration, values
 * as losses to minimise. Lost and cancelled runs are no observations.
 */
export function trialsOf(
  rows: readonly TrialRow[],
  request: { space: Space; tier: string; direction: Direction },
): Trial[] {
  const trials: Trial[] = [];
  for (const row of rows) {
    const trial = trialOf(row, request);
    if (trial !== null) trials.push(trial);
  }
  return trials.sort((a, b) => a.index - b.index);
}

/** The parts of a sealed run that make a trial. */
export type FinishedTrial = Pick<
  TrialRow,
  "iteration" | "tier" | "outcome" | "value" | "params" | "strategy" | "provenance"
>;

/** One row as a trial, or null when it is none for this space and tier. */
export function trialOf(
  row: FinishedTrial,
  { space, tier, direction }: { space: Space; tier: string; direction: Direction },
): Trial | null {
  if (row.params === null || row.tier !== tier || !fitsSpace(space, row.params)) return null;
  if (row.outcome === "lost" || row.outcome === "cancelled") return null;
  return {
    index: row.iteration - 1,
    params: row.params,
    loss: row.value === null ? null : toLoss(direction, row.value),
    strategy: row.strategy,
    provenance: row.provenance,
  };
}
