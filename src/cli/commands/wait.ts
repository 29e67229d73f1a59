import { waitFor } from "../../app/agent/wait.ts";
import { formatValue } from "../../reduce/number.ts";
import { defineCommand } from "../command.ts";
import { submittedResult } from "../submitted-result.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "wait",
  description:
    "Waits until the submission of a ticket is evaluated, a run is sealed, or nobody works on an experiment. Exits 124 when that takes longer; what was waited for goes on.",
  examples: [
    { command: "labctl wait TK-... --timeout 540 --json", why: "after submit --detach" },
    { command: "labctl wait my-exp", why: "until nothing of it is running" },
  ],
  flags: {
    timeout: {
      type: "number",
      min: 0,
      max: 86_400,
      default: 540,
      valueHint: "SECONDS",
      description: "How long to wait",
    },
  },
  positionals: { name: { description: "A ticket, a run id, or an experiment" } },
  async run(context, { name, timeout }) {
    const found = await withSession(context, (session) => waitFor(session, name, timeout * 1000));
    if (found.what !== "experiment") return submittedResult(found);
    const { experiment, phase, runs, best_value } = found;
    return {
      data: found,
      human: [`${experiment} is idle: ${phase}, ${runs} runs, best ${formatValue(best_value)}`],
      next: [{ command: `labctl context ${experiment}`, why: "what to do next" }],
    };
  },
});
