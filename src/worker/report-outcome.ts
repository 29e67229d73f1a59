import type { FailureClass } from "../domain/dispatch/attempt.ts";
import { LabError } from "../domain/errors.ts";
import { OUTCOMES, type JsonObject, type Outcome } from "../domain/types.ts";

/** How the run of a report ended. Throws LabError damaged when it does not say. */
export function outcomeOf(report: JsonObject): Outcome {
  const outcome = OUTCOMES.find((known) => known === report["outcome"]);
  if (outcome !== undefined) return outcome;
  throw new LabError("damaged", `a report with the outcome ${JSON.stringify(report["outcome"])}`, {
    hint: `it is one of ${OUTCOMES.join(", ")}`,
  });
}

/** What kind of failure a run that was executed is; null when it says something about the candidate. */
export function failureClassOf(report: JsonObject, killedForMemory: boolean): FailureClass | null {
  const outcome = outcomeOf(report);
  switch (outcome) {
    case "success":
    case "pruned":
      return null;
    case "timeout":
      return "timeout";
    case "failed":
      // A command that the kernel kills has no exit code.
      return killedForMemory && report["exit_code"] === null ? "oom" : "user";
    case "invalid-metric":
    case "void":
      return "user";
    case "lost":
      return "node-lost";
    case "cancelled":
      return "cancelled";
    default:
      return outcome satisfies never;
  }
}
