import { createReviewer } from "../review.ts";
import { defineCommand } from "../command.ts";
import { ITERATE_FLAGS, runIterations, STRATEGY_HELP } from "../iterate-command.ts";

export const command = defineCommand({
  name: "guided",
  description:
    "Shows each proposal, why it is made and what is known, and asks: Y runs it, n skips it, edit lets you change the params, q stops. Without a terminal it asks by files in control/approvals/, which `labctl approve` answers; exit 3 when nobody does in time.",
  examples: [
    { command: "labctl guided my-exp --strategy perturb -n 10", why: "approve each step" },
    { command: "labctl guided my-exp --by-file --timeout 3600", why: "answer from elsewhere" },
  ],
  flags: {
    ...ITERATE_FLAGS,
    strategy: { type: "string", default: "random", description: `One of: ${STRATEGY_HELP}` },
    yes: { type: "boolean", alias: "y", description: "Approve every proposal" },
    "by-file": {
      type: "boolean",
      description: "Ask by files in control/approvals/ although there is a terminal",
    },
    timeout: {
      type: "number",
      min: 0,
      max: 31_536_000,
      default: 600,
      valueHint: "SECONDS",
      description: "How long to wait for an answer by file",
    },
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
