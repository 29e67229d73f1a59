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
      { hint: `raise max_iterations_total in its SPEC.yaml, or run \`labctl resume ${view.id}\`` },
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
