import type { Measurements, Objective } from "../domain/objectives.ts";
import { code, jsonLine, oneLine, section } from "./markdown.ts";
import { formatValue } from "./number.ts";
import { frontOf } from "./fronts.ts";
import type { ExperimentView } from "./views.ts";

/** Runs of a front that a page lists; the rest is counted. */
const MOST_LISTED = 20;

/** SUMMARY.md's section about the Pareto front of the current tier; nothing for a single objective. */
export function frontSection(view: ExperimentView): string[] {
  const front = frontOf(view, view.current_fidelity_tier);
  if (front === null) return [];
  const listed = front.runs.slice(0, MOST_LISTED);
  const lines = listed.map(({ run_id, objectives, params }) => {
    const of = params === null ? "" : ` - params=${jsonLine(params)}`;
    return `- ${oneLine(measuredText(objectives))} - ${oneLine(run_id)}${of}`;
  });
  const more = front.runs.length - listed.length;
  if (more > 0) lines.push(`- and ${more} more: ${code(`labctl runs ${view.id} --pareto`)}`);
  if (front.left_out > 0) lines.push(`- left out as the most crowded: ${front.left_out}`);
  const wanted = `Wanted: ${oneLine(objectivesText(front.objectives))}. Best above means ${oneLine(view.metric)}.`;
  return section("Pareto Front", [wanted, ...orNone(lines)]);
}

/** `accuracy (maximize), latency_ms (minimize)`. */
export function objectivesText(objectives: readonly Objective[]): string {
  return objectives.map(({ metric, direction }) => `${metric} (${direction})`).join(", ");
}

/** `accuracy=0.9, latency_ms=12`. */
export function measuredText(measured: Measurements): string {
  return Object.entries(measured)
    .map(([metric, value]) => `${metric}=${formatValue(value)}`)
    .join(", ");
}

/** What output constraints there are, and how many runs break them; null when there are none. */
export function limitsText(view: ExperimentView): string | null {
  if (view.output_constraints === undefined) return null;
  const broken = view.infeasible_count ?? 0;
  const runs = broken === 1 ? "1 run breaks" : `${broken} runs break`;
  return `${view.output_constraints.join(", ")} (${runs} them)`;
}

function orNone(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ["- None yet"] : lines;
}
