import { ALLOCATIONS, withControl } from "../../search/allocation.ts";
import { defineCommand } from "../command.ts";
import { ITERATE_FLAGS, runIterations, STRATEGY_HELP } from "../iterate-command.ts";

const DEFAULT_ARMS = ["random", "perturb", "tree"];

export const command = defineCommand({
  name: "swarm",
  description:
    "Several strategies take turns on one history: each learns from what the others tried.",
  examples: [
    { command: "labctl swarm my-exp -n 60", why: `${DEFAULT_ARMS.join(", ")} in turn` },
    {
      command: "labctl swarm my-exp -n 100 --allocate bandit",
      why: "more turns for those that improve most for their time",
    },
    {
      command: "labctl swarm my-exp --strategies random perturb",
      why: "name the experiment first: the list takes every word after it",
    },
  ],
  flags: {
    ...ITERATE_FLAGS,
    strategies: {
      type: "string",
      multiple: true,
      description: `Strategies that take turns (default: ${DEFAULT_ARMS.join(" ")}); of: ${STRATEGY_HELP}`,
    },
    allocate: {
      type: "string",
      options: ALLOCATIONS,
      default: "round-robin",
      description:
        "Who is next: each in turn, or whoever improved most for its time lately, with a floor share for all and random among them as a control",
    },
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
  run(context, args) {
    const { allocate, jobs } = args;
    const named = args.strategies.length === 0 ? DEFAULT_ARMS : args.strategies;
    const arms = allocate === "bandit" ? withControl(named) : named;
    return runIterations(context, args, { mode: "swarm", arms, allocate, jobs });
  },
});
