import { BY_HAND, completeByHand } from "../../app/dispatch/complete.ts";
import { openSession } from "../../app/session.ts";
import { defineCommand, type CommandResult } from "../command.ts";

export const command = defineCommand({
  name: "dispatch-complete",
  description:
    "Seals a package that was claimed by hand with what is in its run/ folder. With outcome success a value must be there: metrics.json, or the last line of stdout.log.",
  examples: [
    {
      command: "labctl dispatch-complete DISPATCH-20261127-140501-123000-my-exp",
      why: "its run/metrics.json has the value",
    },
  ],
  flags: {
    outcome: {
      type: "string",
      options: BY_HAND,
      default: "success",
      description: "How the run ended",
    },
    worker: { type: "string", description: "Who did it; must be who claimed it" },
  },
  positionals: {
    dispatch_id: { description: "The package", valueHint: "PACKAGE" },
  },
  async run({ lab }, args): Promise<CommandResult> {
    const session = await openSession(lab);
    const { dispatch_id, outcome } = args;
    const done = completeByHand(session, { dispatch_id, outcome, worker: args.worker ?? "" });
    session.store.close();
    return {
      data: done,
      human: [`${done.dispatch_id} -> complete`],
      ...(done.counts
        ? {}
        : {
            warnings: ["another attempt was complete before: this one is kept and does not count"],
          }),
      next: [{ command: "labctl dispatch-ingest", why: "take it into the history" }],
    };
  },
});
