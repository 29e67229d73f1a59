import { submitDetached } from "../../app/agent/detach.ts";
import { submitTicket } from "../../app/agent/submit.ts";
import { defineCommand } from "../command.ts";
import { idempotent, KEY_FLAG } from "../idempotent.ts";
import { SUBMISSION_FLAGS, submissionInput } from "../submission-flags.ts";
import { submittedResult } from "../submitted-result.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "submit",
  description:
    "Evaluates the candidate of a ticket and seals the run. The same submission again gives the same run. What is refused (exit 2, 6, 7) leaves the ticket open and spends nothing. A failed candidate that was recorded exits 0.",
  examples: [
    {
      command: 'labctl submit TK-... --workspace --hypothesis "caching halves the time"',
      why: "what was changed in the ticket's workspace",
    },
    { command: "labctl submit TK-... --params '{\"lr\": 0.01}' --json", why: "params" },
    { command: "labctl submit TK-... --patch fix.diff --detach", why: "in the background" },
  ],
  flags: {
    ...SUBMISSION_FLAGS,
    hypothesis: {
      type: "string",
      default: "",
      description: "What it should show, in a sentence that can turn out false",
    },
    reasoning: { type: "string", default: "", description: "Why, at more length" },
    detach: {
      type: "boolean",
      description: "Return at once; labctl wait TICKET tells how it ended",
    },
    wait: {
      type: "number",
      min: 0,
      max: 86_400,
      default: 600,
      valueHint: "SECONDS",
      description: "How long to wait while somebody else holds the experiment",
    },
    ...KEY_FLAG,
  },
  positionals: { ticket: { description: "The ticket that next gave" } },
  run: (context, args) =>
    idempotent(context, "submit", args, async () => {
      const { ticket, hypothesis, reasoning, replicate } = args;
      const request = {
        ticket,
        input: await submissionInput(context, "submit", args),
        hypothesis,
        reasoning,
        replicate,
        stale_ok: args["stale-ok"],
        wait_ms: args.wait * 1000,
        signal: context.io.interrupts().soon,
      };
      if (!args.detach) {
        const done = await withSession(context, (session) => submitTicket(session, request));
        return submittedResult(done, { state: "done" });
      }
      const started = await withSession(context, (session) => submitDetached(session, request));
      if (started.state === "done") return submittedResult(started, { state: "done" });
      return {
        data: started,
        human: [`${ticket} is being evaluated in the background`],
        next: [{ command: `labctl wait ${ticket} --timeout 540`, why: "how it ends" }],
      };
    }),
});
