import type { RunSealed } from "../domain/events.ts";
import { lossesOf, measuredOf, type Aims, type Objective } from "../domain/objectives.ts";
import { crowdingDistances } from "../domain/pareto/crowding.ts";
import { dominates } from "../domain/pareto/dominates.ts";
import { entry } from "./tiers.ts";
import type { FrontRun, ParetoFront } from "./pareto-front.ts";
import type { ExperimentView } from "./views.ts";

/** Runs that the front of a tier holds at most: each event costs as many comparisons. */
export const MAX_FRONT = 200;

/** The parts of an empty view that only SPECs with several objectives or constraints have. */
export function aimsOf(
  aims: Aims,
): Pick<ExperimentView, "objectives" | "output_constraints" | "infeasible_count" | "fronts"> {
  const { objectives, output_constraints: constraints } = aims;
  return {
    ...(objectives.length === 0 ? {} : { objectives: [...objectives], fronts: {} }),
    ...(constraints.length === 0
      ? {}
      : { output_constraints: constraints.map(({ text }) => text), infeasible_count: 0 }),
  };
}

/**
 * Folds a measured run into the front of its tier, at the same cost however many runs there were:
 * the members it dominates leave, and when the front is full the most crowded one is left out.
 */
export function foldFront(
  view: ExperimentView,
  aims: Aims,
  event: RunSealed,
  feasible: boolean,
): void {
  if (view.infeasible_count !== undefined && !feasible) view.infeasible_count += 1;
  if (view.fronts === undefined || !feasible) return;
  const { objectives } = aims;
  const measured = measuredOf(aims, event);
  const losses = lossesOf(objectives, measured);
  if (losses === null) return;
  const front = entry(view.fronts, event.tier) ?? { runs: [], left_out: 0 };
  const others = front.runs.map((run) => ({
    run,
    losses: lossesOf(objectives, run.objectives) ?? [],
  }));
  if (others.some((other) => dominates(other.losses, losses))) return;
  const { run_id, iteration, strategy, params, ts: completed_at } = event;
  const run = { run_id, iteration, strategy, params, objectives: measured, completed_at };
  const kept = others.filter((other) => !dominates(losses, other.losses));
  const after = kept.findIndex((other) => (other.losses[0] ?? 0) > (losses[0] ?? 0));
  kept.splice(after < 0 ? kept.length : after, 0, { run, losses });
  view.fronts[event.tier] = thinned(kept, front.left_out);
}

function thinned(
  members: readonly { run: FrontRun; losses: number[] }[],
  left_out: number,
): ParetoFront {
  const runs = members.map(({ run }) => run);
  if (runs.length <= MAX_FRONT) return { runs, left_out };
  const distances = crowdingDistances(members.map(({ losses }) => losses));
  // Of equally crowded ones the latest by place: the primary metric's best stays.
  const crowded = distances.lastIndexOf(Math.min(...distances));
  return { runs: runs.toSpliced(crowded, 1), left_out: left_out + 1 };
}

/** The front of a tier; empty when nothing on it was feasible, null for a single objective. */
export function frontOf(
  view: Pick<ExperimentView, "fronts" | "objectives">,
  tier: string,
): (ParetoFront & { objectives: Objective[] }) | null {
  if (view.fronts === undefined || view.objectives === undefined) return null;
  return { runs: [], left_out: 0, ...entry(view.fronts, tier), objectives: view.objectives };
}
