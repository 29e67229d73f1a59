import { block, oneLine, toFile } from "./markdown.ts";
import type { ExperimentView } from "./views.ts";

/** NEXT.md: the baton, the action the next run should take. */
export function renderNext(view: ExperimentView): string {
  return toFile([
    `# Next Action for ${oneLine(view.id)}`,
    "",
    `Updated: ${oneLine(view.updated_at)}`,
    "",
    batonText(view),
  ]);
}

/** The baton as a block of text; a standard sentence when no run has left one. */
export function batonText(view: Pick<ExperimentView, "baton" | "run_count">): string {
  const baton = block(view.baton);
  if (baton !== "") return baton;
  return view.run_count === 0
    ? "Begin the first bounded iteration."
    : "Review the latest run and set a tighter next action.";
}
