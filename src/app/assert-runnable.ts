import { LabError } from "../domain/errors.ts";
import type { ExperimentView } from "../reduce/views.ts";

/** Throws unless new trials of this experiment may begin: not completed, paused or waiting. */
export function assertRunnable(view: ExperimentView): void {
  if (view.finalized !== undefined) {
    throw new LabError("policy-refused", `${view.id} was finalized: its search is over`, {
      hint: `create another experiment that names it: parent_experiment: ${view.id}`,
    });
  }
  if (view.phase === "completed") {
    throw new LabError(
      "stop-reached",
      `${view.id} is completed (${view.blocked_reason ?? "no reason given"})`,
      { hint: `${remedy(view)}run \`labctl resume ${view.id}\`` },
    );
  }
  if (view.phase === "paused" || view.phase === "awaiting-human") {
    throw new LabError(
      "waiting-for-human",
      `${view.id} is ${view.phase} (${view.blocked_reason ?? "no reason given"})`,
      {
        hint:
          view.phase === "paused"
            ? `run \`labctl resume ${view.id}\` to go on`
            : `look at \`labctl approve\`, then run \`labctl approve ${view.id}\` or \`labctl resume ${view.id}\``,
      },
    );
  }
}

/** What the SPEC would have to change, where a limit ended it: resuming alone is good for one run. */
function remedy({ blocked_reason }: ExperimentView): string {
  if (blocked_reason === "Reached max iterations") {
    return "raise max_iterations_total in its SPEC.yaml, or ";
  }
  const isLimit = blocked_reason?.startsWith("Stop condition:") === true;
  return isLimit ? "change stop_conditions in its SPEC.yaml, or " : "";
}
