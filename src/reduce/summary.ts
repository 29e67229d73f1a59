import type { Spec } from "../domain/spec/spec.ts";
import { OUTCOMES } from "../domain/types.ts";
import { costLine } from "./costs.ts";
import { explainSettledStops, stopLine } from "./explain-stops.ts";
import { failureGroups } from "./failure-signature.ts";
import { frontSection, limitsText } from "./front-lines.ts";
import { clip, code, oneLine, section, sentence, toFile } from "./markdown.ts";
import { formatValue } from "./number.ts";
import { tierLines } from "./tier-lines.ts";
import { bestRun, bestRuns } from "./tiers.ts";
import type { ExperimentView, RunBrief } from "./views.ts";

/** SUMMARY.md: where the experiment stands, its latest run, its best runs, its limits, and what blocks it. */
export function renderSummary(spec: Spec, view: ExperimentView): string {
  const latest = view.recent_runs.at(-1);
  const best = bestRun(view);
  const cost = costLine(view);
  return toFile([
    `# ${oneLine(view.id)}`,
    "",
    `Goal: ${oneLine(view.goal)}`,
    `Metric: ${oneLine(view.metric)}`,
    `Metric direction: ${view.metric_direction}`,
    ...limitLines(view),
    `Phase: ${view.phase}`,
    `Priority: ${view.priority}`,
    `Current fidelity tier: ${oneLine(view.current_fidelity_tier)}`,
    `Executor class: ${oneLine(view.executor_class)}`,
    `Run count: ${view.run_count}`,
    `Measured: ${view.measured_count}`,
    `Outcomes: ${outcomes(view)}`,
    `Failure streak: ${view.failure_streak}`,
    ...(cost === null ? [] : [`Models: ${cost}`]),
    "",
    ...(latest === undefined ? ["No runs yet.", ""] : section("Latest Run", latestRun(latest))),
    ...(best === null ? [] : section("Best So Far", bestSoFar(best))),
    ...section(
      "Best By Tier",
      bestRuns(view).map((run) => `- ${code(run.tier)}: ${formatValue(run.value)}`),
    ),
    ...section(
      "Stops",
      explainSettledStops(spec, view).map((row) => `- ${stopLine(row)}`),
    ),
    ...section(
      "Failures",
      failureGroups(view)
        .slice(0, 5)
        .map(({ signature, count, last_run }) => {
          return `- ${count} x ${clip(signature, 160)} (last ${oneLine(last_run)})`;
        }),
    ),
    ...section("Tiers", tierLines(view)),
    ...frontSection(view),
    ...section("Blocked", view.blocked_reason ? [sentence(view.blocked_reason, 300)] : []),
  ]);
}

function limitLines(view: ExperimentView): string[] {
  const limits = limitsText(view);
  return limits === null ? [] : [`Output constraints: ${oneLine(limits)}`];
}

/** The experiment in one line, for digests. */
export function summaryLine(view: ExperimentView): string {
  const best = bestRun(view);
  const latest = view.recent_runs.at(-1);
  const parts = [
    `runs=${view.run_count}, measured=${view.measured_count}`,
    best === null
      ? `no ${oneLine(view.metric)} yet`
      : `best ${oneLine(view.metric)} ${formatValue(best.value)} (tier ${oneLine(best.tier)}, ${view.metric_direction})`,
    ...(latest === undefined ? [] : [`last ${latest.outcome}: ${latest.note}`]),
  ];
  return clip(parts.join("; "), 200);
}

function outcomes(view: ExperimentView): string {
  const counts = OUTCOMES.flatMap((outcome) => {
    const count = view.outcome_counts[outcome] ?? 0;
    return count === 0 ? [] : [`${outcome}=${count}`];
  });
  if (view.interrupted_count > 0) counts.push(`interrupted=${view.interrupted_count}`);
  return counts.join(", ") || "none";
}

function latestRun(run: RunBrief): string[] {
  return [
    `Run: ${oneLine(run.run_id)}`,
    `Role: ${oneLine(run.role)}`,
    `Fidelity tier: ${oneLine(run.tier)}`,
    `Outcome: ${run.outcome}`,
    `Metric value: ${formatValue(run.value)}`,
    ...note(run),
  ];
}

function bestSoFar(run: RunBrief): string[] {
  return [
    `Run: ${oneLine(run.run_id)}`,
    `Fidelity tier: ${oneLine(run.tier)}`,
    `Metric value: ${formatValue(run.value)}`,
    ...note(run),
  ];
}

function note(run: RunBrief): string[] {
  return run.note === "" ? [] : [sentence(run.note, 300)];
}
