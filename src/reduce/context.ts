import { clip, oneLine, section, toFile } from "./markdown.ts";
import { batonText } from "./next.ts";
import { formatValue } from "./number.ts";
import type { ExperimentView, RunBrief } from "./views.ts";

/** context.md: the last runs, newest first, and the baton. */
export function renderContext(view: ExperimentView): string {
  const runs = view.recent_runs.toReversed().map(recentRun);
  return toFile([
    `# Context - ${oneLine(view.id)}`,
    "",
    `Updated: ${oneLine(view.updated_at)}`,
    "",
    ...(runs.length === 0 ? ["No runs yet.", ""] : section("Recent Runs", runs)),
    ...section("Current Baton", [batonText(view)]),
  ]);
}

function recentRun(run: RunBrief): string {
  const facts = [
    oneLine(run.role),
    `tier=${oneLine(run.tier)}`,
    run.outcome,
    `metric=${formatValue(run.value)}`,
  ];
  const note = clip(run.note, 180) || "no interpretation recorded";
  return `- ${oneLine(run.run_id)} (${facts.join(", ")}): ${note}`;
}
