import { createReviewer } from "../review.ts";
import { defineCommand } from "../command.ts";
import { ITERATE_FLAGS, runIterations, STRATEGY_HELP } from "../iterate-command.ts";

export const command = defineCommand({
  name: "guided",
  description:
    "Shows each proposal and asks: Y runs it, n skips it, edit lets you change the params, q stops. Without a terminal it needs --yes.",
  examples: [
    { command: "labctl guided my-exp --strategy perturb -n 10", why: "approve each step" },
  ],
  flags: {
    ...ITERATE_FLAGS,
    strategy: { type: "string", default: "random", description: `One of: ${STRATEGY_HELP}` },
    yes: { type: "boolean", alias: "y", description: "Approve every proposal" },
  },
  positionals: {
    experiment: { description: "The experiment to iterate", valueHint: "EXPERIMENT" },
  },
  async run(context, args) {
    const reviewer = await createReviewer(context, args);
    try {
      return await runIterations(context, args, {
        mode: "guided",
        arms: [args.strategy],
        jobs: 1,
        review: reviewer.review,
      });
    } finally {
      reviewer.close();
    }
  },
});
