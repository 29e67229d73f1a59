import { LabError } from "../domain/errors.ts";
import { isFeasible, lossesOf, measuredOf, type Objective } from "../domain/objectives.ts";
import { nearestName } from "../domain/nearest-name.ts";
import { nondominatedRanks } from "../domain/pareto/ranks.ts";
import type { Chart, Subject } from "../plot/figure.ts";
import { paretoChart, type ParetoRun } from "../plot/pareto.ts";
import type { Session } from "./session.ts";
import { trialRows } from "./trials.ts";

/**
 * The measured runs of a tier by two of their objectives: those named, or the first two. Throws
 * `usage` for an experiment with a single objective and for names that are none of its objectives.
 */
export async function plotPareto(
  session: Session,
  subject: Subject,
  names: readonly string[],
): Promise<{ plot: Chart; params: string[] }> {
  const spec = await session.store.spec(subject.experiment);
  const [first, second] = chosen(subject, spec.objectives, names);
  const measured = (await trialRows(session, subject.experiment)).flatMap((row) => {
    if (row.tier !== subject.tier || row.value === null) return [];
    const numbers = measuredOf(spec, row);
    const losses = lossesOf(spec.objectives, numbers);
    if (losses === null) return [];
    const values = [numbers[first.metric] ?? 0, numbers[second.metric] ?? 0] as const;
    return [{ iteration: row.iteration, values, losses, feasible: isFeasible(spec, row) }];
  });
  const feasible = measured.filter((run) => run.feasible);
  const ranks = nondominatedRanks(feasible.map(({ losses }) => losses));
  const front = new Set(feasible.filter((_, index) => ranks[index] === 0));
  const runs: ParetoRun[] = measured.map((run) => ({ ...run, on_front: front.has(run) }));
  const others = spec.objectives
    .map(({ metric }) => metric)
    .filter((metric) => metric !== first.metric && metric !== second.metric);
  return {
    plot: paretoChart(subject, [first, second], runs, others),
    params: [first.metric, second.metric],
  };
}

function chosen(
  { experiment, metric }: Subject,
  objectives: readonly Objective[],
  names: readonly string[],
): [Objective, Objective] {
  const known = objectives.map((objective) => objective.metric);
  if (known.length === 0) {
    throw new LabError(
      "usage",
      `${experiment} has a single objective, ${metric}: no Pareto front`,
      {
        hint: `labctl plot ${experiment} history shows it; \`objectives\` in a SPEC names several`,
      },
    );
  }
  if (names.length !== 0 && (names.length !== 2 || names[0] === names[1])) {
    throw new LabError("usage", `a pareto plot takes --param twice, got ${names.length}`, {
      hint: `name two of ${known.join(", ")}`,
    });
  }
  const [first, second] = (names.length === 0 ? known : names).map((name) => {
    const found = objectives.find((objective) => objective.metric === name);
    if (found !== undefined) return found;
    const nearest = nearestName(name, known);
    throw new LabError("usage", `${name} is none of the objectives`, {
      hint: nearest === null ? `name two of ${known.join(", ")}` : `did you mean ${nearest}?`,
    });
  });
  if (first === undefined || second === undefined) throw new RangeError("there are two objectives");
  return [first, second];
}
