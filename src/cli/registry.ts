import type { Registry } from "./command.ts";

/** Every command of labctl, in the order help shows them. A command is loaded only when it runs. */
export const REGISTRY: Registry = {
  "run-once": {
    summary: "Run what is due, once (for cron)",
    group: "Running",
    load: () => import("./commands/run-once.ts"),
  },
  burst: {
    summary: "Iterate: propose params, run, measure, learn",
    group: "Running",
    load: () => import("./commands/burst.ts"),
  },
  guided: {
    summary: "As burst, asking you before each run",
    group: "Running",
    load: () => import("./commands/guided.ts"),
  },
  swarm: {
    summary: "As burst, with several strategies in turn",
    group: "Running",
    load: () => import("./commands/swarm.ts"),
  },
  completions: {
    summary: "Print a completion script for bash, zsh or fish",
    group: "Shell",
    load: () => import("./commands/completions.ts"),
  },
};
