import { checkTicket } from "../../app/agent/check-ticket.ts";
import { defineCommand } from "../command.ts";
import { SUBMISSION_FLAGS, submissionInput } from "../submission-flags.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "check",
  description:
    "Says everything that submit would refuse, with the same exit codes, and evaluates nothing.",
  examples: [
    { command: "labctl check TK-...", why: "what is in the ticket's workspace" },
    { command: "labctl check TK-... --params '{\"lr\": 0.01}'", why: "params" },
  ],
  flags: SUBMISSION_FLAGS,
  positionals: { ticket: { description: "The ticket that next gave" } },
  async run(context, args) {
    const { ticket } = args;
    const input = await submissionInput(context, "check", args);
    const checked = await withSession(context, (session) =>
      checkTicket(session, ticket, input, {
        replicate: args.replicate,
        stale_ok: args["stale-ok"],
      }),
    );
    const { kind, changed_files, run_id } = checked;
    const what =
      run_id !== null
        ? `was submitted already as ${run_id}`
        : kind === "code"
          ? `changes ${changed_files.join(", ")}`
          : `tries ${JSON.stringify(checked.params)}`;
    return {
      data: checked,
      human: [`${ticket} ${what}: submit would take it`],
      next: [{ command: `labctl submit ${ticket} ...`, why: "evaluate it" }],
    };
  },
});
