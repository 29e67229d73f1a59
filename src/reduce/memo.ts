import { isFeasible } from "../domain/objectives.ts";
import type { Spec } from "../domain/spec/spec.ts";
import type { TrialRow } from "../domain/types.ts";
import { failureGroups } from "./failure-signature.ts";
import { clip, code, jsonLine, oneLine, section, sentence, toFile } from "./markdown.ts";
import { formatValue } from "./number.ts";
import type { ExperimentView } from "./views.ts";

const RANKED = 10;

/** Whether an experiment has its final memo: it asked for one, and is complete. */
export function hasMemo(spec: Spec, view: ExperimentView): boolean {
  return spec.outputs.includes("final_ranked_memo") && view.phase === "completed";
}

/**
 * FINAL-MEMO.md: what a completed experiment found, its best runs ranked tier by tier, and what did
 * not work. `rows` are all its sealed runs.
 */
export function renderMemo(spec: Spec, view: ExperimentView, rows: readonly TrialRow[]): string {
  const tiers = spec.fidelity_tiers.toReversed();
  return toFile([
    `# Final memo - ${oneLine(view.id)}`,
    "",
    `Goal: ${oneLine(view.goal)}`,
    `Metric: ${oneLine(view.metric)} (${view.metric_direction})`,
    `Ended: ${sentence(view.blocked_reason ?? "completed", 300)}`,
    `Runs: ${view.run_count}, measured ${view.measured_count}`,
    `Time: ${oneLine(view.first_run_at ?? "-")} to ${oneLine(view.last_run_at ?? "-")}`,
    "",
    ...tiers.flatMap((tier) =>
      section(
        `Ranked: tier ${oneLine(tier)}`,
        ranking(
          spec,
          view,
          rows.filter((row) => row.tier === tier),
        ),
      ),
    ),
    ...section(
      "How the best was found",
      view.discoveries.map(({ iteration, value, previous, strategy, run_id }) => {
        const by = strategy === null ? "" : ` by ${code(strategy)}`;
        const from = previous === null ? "the first value" : `from ${formatValue(previous)}`;
        return `- #${iteration}: ${formatValue(value)} (${from})${by} in ${oneLine(run_id)}`;
      }),
    ),
    ...section(
      "What did not work",
      failureGroups(view).map(
        ({ signature, count, last_run }) =>
          `- ${count} x ${clip(signature, 160)} (last ${oneLine(last_run)})`,
      ),
    ),
  ]);
}

function ranking(spec: Spec, view: ExperimentView, rows: readonly TrialRow[]): string[] {
  const sign = view.metric_direction === "maximize" ? -1 : 1;
  const measured = rows.filter((row) => row.value !== null && isFeasible(spec, row));
  const best = measured
    .toSorted((a, b) => sign * ((a.value ?? 0) - (b.value ?? 0)) || a.iteration - b.iteration)
    .slice(0, RANKED);
  const lines = best.map((row, index) => {
    const by = row.strategy === null ? oneLine(row.mode) : code(row.strategy);
    const params = row.params === null ? "" : `: ${code(clip(jsonLine(row.params), 300))}`;
    return `${index + 1}. ${formatValue(row.value)} in ${oneLine(row.run_id)} (#${row.iteration}, ${by})${params}`;
  });
  const more = measured.length - best.length;
  return more > 0 ? [...lines, "", `and ${more} more measured runs.`] : lines;
}
