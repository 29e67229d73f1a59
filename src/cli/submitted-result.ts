import type { Submitted } from "../app/agent/submit.ts";
import { formatValue } from "../reduce/number.ts";
import type { CommandResult } from "./command.ts";

/** What `submit` and `wait` say of a run. A run that broke a rule is recorded, and exits 6. */
export function submittedResult(done: Submitted, more: object = {}): CommandResult {
  const { experiment, run_id, outcome, value, accepted, reason, best_value } = done;
  const result = value === null ? `${outcome}: ${reason}` : formatValue(value);
  const verdict = accepted ? "accepted" : `not accepted, best ${formatValue(best_value)}`;
  const note = `labctl note ${experiment} --lesson TEXT --evidence ${run_id}`;
  return {
    data: { ...more, ...done },
    human: [`${experiment} ${run_id}: ${result} (${value === null ? "no value" : verdict})`],
    warnings: done.replayed ? [`evaluated before: nothing was run now`] : [],
    next: [
      { command: note, why: "write down what it taught" },
      { command: `labctl next ${experiment}`, why: "the next candidate" },
    ],
    ...(outcome === "void" ? { exit: "policy-refused" as const } : {}),
  };
}
