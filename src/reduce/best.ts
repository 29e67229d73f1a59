import { code, jsonLine, oneLine, section, sentence, toFile } from "./markdown.ts";
import { formatValue } from "./number.ts";
import { bestRun, bestRuns } from "./tiers.ts";
import type { ExperimentView, RunBrief } from "./views.ts";

/** best.md: the best run in full, then the best of each tier with what would repeat it. */
export function renderBest(view: ExperimentView): string {
  const best = bestRun(view);
  return toFile([
    `# Best Result - ${oneLine(view.id)}`,
    "",
    `Updated: ${oneLine(view.updated_at)}`,
    "",
    ...(best === null ? ["No results yet."] : inFull(best)),
    "",
    ...section("Best By Tier", bestRuns(view).map(inOneLine)),
  ]);
}

function inFull(run: RunBrief): string[] {
  return [
    `Run: ${oneLine(run.run_id)}`,
    `Role: ${oneLine(run.role)}`,
    `Fidelity tier: ${oneLine(run.tier)}`,
    `Outcome: ${run.outcome}`,
    `Metric value: ${formatValue(run.value)}`,
    ...(run.strategy === null ? [] : [`Strategy: ${oneLine(run.strategy)}`]),
    ...(run.params === null ? [] : [`Params: ${jsonLine(run.params)}`]),
    ...(run.note === "" ? [] : ["", sentence(run.note, 300)]),
  ];
}

function inOneLine(run: RunBrief): string {
  const facts = [
    `- ${code(run.tier)}: ${formatValue(run.value)}`,
    oneLine(run.run_id),
    ...(run.strategy === null ? [] : [`strategy=${oneLine(run.strategy)}`]),
    ...(run.params === null ? [] : [`params=${jsonLine(run.params)}`]),
  ];
  return facts.join(" - ");
}
