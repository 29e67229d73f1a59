import { dispatchAgentNext } from "../../app/agent/dispatch-agent.ts";
import { defineCommand } from "../command.ts";
import { idempotent, KEY_FLAG } from "../idempotent.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "dispatch-agent-next",
  description:
    "Prints one JSON object for an agent that returns changed files: what to change, by which rules, and the files as they are. Prints {} and exits 1 when nothing is eligible. `labctl next` is the same with more choice.",
  examples: [
    { command: "labctl dispatch-agent-next --worker a", why: "the most urgent that is due" },
    { command: "labctl dispatch-agent-next --experiment my-exp", why: "of one experiment" },
  ],
  flags: {
    worker: { type: "string", default: "agent", description: "Who asks" },
    experiment: {
      type: "string",
      valueHint: "EXPERIMENT",
      description: "Only this one, whether it is due or not",
    },
    "executor-class": {
      type: "string",
      multiple: true,
      description: "Only experiments of these executor classes",
    },
    ...KEY_FLAG,
  },
  positionals: {},
  run: (context, args) =>
    idempotent(context, "dispatch-agent-next", args, async () => {
      const found = await withSession(context, (session) =>
        dispatchAgentNext(session, {
          worker: args.worker,
          experiment: args.experiment ?? null,
          executor_classes: args["executor-class"],
        }),
      );
      // The original exits 1 here, and its agents look for that.
      if (found === null) {
        return { data: { dispatch_id: null }, human: ["{}"], exit: "bug" };
      }
      return {
        data: found,
        human: [JSON.stringify(found, null, 2)],
        next: [
          {
            command: "labctl dispatch-agent-submit FILE",
            why: 'FILE holds {"dispatch_id", "changes": {path: content}, "reasoning"}',
          },
        ],
      };
    }),
});
