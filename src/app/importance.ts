import { LabError } from "../domain/errors.ts";
import type { Direction } from "../domain/types.ts";
import { parameterImportance, type ImportanceReport } from "../search/importance.ts";
import { fittingRuns, type FittingRuns } from "./fitting-runs.ts";
import type { Session } from "./session.ts";

/** With fewer measured trials importance would be noise. */
export const MIN_TRIALS = 10;

export interface ExperimentImportance extends ImportanceReport {
  experiment: string;
  metric: string;
  direction: Direction;
  tier: string;
  /** Measured runs of the tier that were left out: their params do not fit the search space. */
  left_out: number;
}

/**
 * What decides the metric of an experiment, from the runs of its current tier. Throws
 * `nothing-to-do` while fewer than MIN_TRIALS of them are measured.
 */
export async function experimentImportance(
  session: Session,
  request: { experiment: string; search_space: string | null },
): Promise<ExperimentImportance> {
  const { experiment } = request;
  const runs = await fittingRuns(session, experiment, request.search_space);
  const report = importanceOf(runs);
  const left_out = runs.measured - report.trials;
  if (report.trials < MIN_TRIALS) throw tooFew(experiment, runs, report.trials);
  const { metric, direction, tier } = runs;
  return { experiment, metric, direction, tier, left_out, ...report };
}

/** The same from runs already read, however few. */
export function importanceOf({ space, fitting }: FittingRuns): ImportanceReport {
  return parameterImportance(
    space,
    fitting.map(({ trial }) => trial),
  );
}

function tooFew(experiment: string, { tier, measured }: FittingRuns, trials: number): LabError {
  const misfits = measured - trials;
  const why = misfits === 0 ? "" : `; ${misfits} more have no params that fit the search space`;
  const needed = `importance needs at least ${MIN_TRIALS} measured trials of tier ${tier}`;
  return new LabError("nothing-to-do", `${needed}, ${experiment} has ${trials}${why}`, {
    hint: `measure more: labctl burst ${experiment} -n ${MIN_TRIALS - trials}`,
  });
}
