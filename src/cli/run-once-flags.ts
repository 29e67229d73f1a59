import type { Flags } from "./command.ts";

/** Flags of the commands that go through what is due, or waits. */
export const RUN_ONCE_FLAGS = {
  "max-runs": {
    type: "integer",
    min: 1,
    max: 100_000,
    default: 3,
    description: "Runs to do at most",
  },
  "executor-class": {
    type: "string",
    multiple: true,
    description: "Only experiments of these executor classes",
  },
} as const satisfies Flags;
