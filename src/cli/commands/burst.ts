import { defineCommand } from "../command.ts";
import { ITERATE_FLAGS, runIterations, STRATEGY_HELP } from "../iterate-command.ts";

export const command = defineCommand({
  name: "burst",
  description:
    "Proposes params, runs them in a copy of the workspace and records each run. History is the state: a second burst continues, and one that was killed resumes.",
  examples: [
    { command: "labctl burst my-exp -n 50 -j 4", why: "50 iterations, four at a time" },
    { command: "labctl burst my-exp --strategy perturb", why: "move away from the best so far" },
  ],
  flags: {
    ...ITERATE_FLAGS,
    strategy: { type: "string", default: "random", description: `One of: ${STRATEGY_HELP}` },
    jobs: {
      type: "integer",
      alias: "j",
      min: 1,
      max: 1024,
      default: 1,
      description: "Runs at the same time",
    },
  },
  positionals: {
    experiment: { description: "The experiment to iterate", valueHint: "EXPERIMENT" },
  },
  run: (context, args) =>
    runIterations(context, args, { mode: "burst", arms: [args.strategy], jobs: args.jobs }),
});
