import type { Spec } from "../domain/spec/spec.ts";
import type { TrialRow } from "../domain/types.ts";
import { explainSettledStops, stopLine } from "./explain-stops.ts";
import { failureGroups } from "./failure-signature.ts";
import { clip, code, jsonLine, oneLine, sentence } from "./markdown.ts";
import { formatValue } from "./number.ts";
import { bestRun } from "./tiers.ts";
import type { ExperimentView } from "./views.ts";

/** What one day (`2026-11-23`, UTC) brought to an experiment, for its section of the digest. */
export function dayLines(
  spec: Spec,
  view: ExperimentView,
  rows: readonly TrialRow[],
  date: string,
): string[] {
  const today = rows.filter((row) => row.ts.startsWith(date));
  const measured = today.filter((row) => row.value !== null).length;
  const best = bestRun(view);
  const found = view.discoveries.filter((one) => one.completed_at.startsWith(date));
  const failed = failureGroups(view).filter((group) => group.last_at.startsWith(date));
  const pressing = explainSettledStops(spec, view).filter((row) => row.met || row.near);
  const params = best?.params ?? null;
  return [
    `- Runs today: ${today.length}, measured ${measured} (${view.run_count} in all)`,
    `- Best ${oneLine(view.metric)}: ${best === null ? "none yet" : formatValue(best.value)}${params === null ? "" : ` with ${code(clip(jsonLine(params), 200))}`}`,
    ...found.map(
      ({ value, previous, run_id }) =>
        `- New best: ${formatValue(value)}${previous === null ? "" : ` after ${formatValue(previous)}`} in ${oneLine(run_id)}`,
    ),
    ...failed.map(({ signature, count }) => `- Failed: ${count} x ${clip(signature, 160)}`),
    ...pressing.map((row) => `- Limit: ${stopLine(row)}`),
    ...(view.blocked_reason === null
      ? []
      : [`- ${view.phase}: ${sentence(view.blocked_reason, 200)}`]),
  ];
}
