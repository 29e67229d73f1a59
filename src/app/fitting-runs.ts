import type { Space } from "../domain/space.ts";
import type { Direction, TrialRow } from "../domain/types.ts";
import type { Trial } from "../search/strategy.ts";
import { loadSpace } from "./search-space.ts";
import type { Session } from "./session.ts";
import { trialOf, trialRows } from "./trials.ts";

/** The runs of an experiment's current tier, seen against its search space. */
export interface FittingRuns {
  space: Space;
  tier: string;
  metric: string;
  direction: Direction;
  /** Runs whose params fit the space, with the trial a strategy would see. */
  fitting: { row: TrialRow; trial: Trial }[];
  /** Runs with a value, whether or not their params fit. */
  measured: number;
}

/** Reads them; throws `usage` when the experiment has no search space. */
export async function fittingRuns(
  session: Session,
  experiment: string,
  search_space: string | null,
): Promise<FittingRuns> {
  const view = await session.store.view(experiment);
  const spec = await session.store.spec(experiment);
  const space = await loadSpace(spec, search_space);
  const { metric, metric_direction: direction, current_fidelity_tier: tier } = view;
  const rows = (await trialRows(session, experiment)).filter((row) => row.tier === tier);
  const fitting = rows.flatMap((row) => {
    const trial = trialOf(row, { space, tier, aims: spec });
    return trial === null ? [] : [{ row, trial }];
  });
  const measured = rows.filter((row) => row.value !== null).length;
  return { space, tier, metric, direction, fitting, measured };
}
