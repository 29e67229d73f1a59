import { type Command, defineCommand, type Registry } from "../../src/cli/command.ts";
import { LabError } from "../../src/domain/errors.ts";

/** Stands for burst: all kinds of flags, streamed lines and a result. */
export const burst = defineCommand({
  name: "burst",
  description: "Proposes, runs and records.",
  examples: [{ command: "labctl burst e1 -n 20", why: "Twenty points" }],
  flags: {
    iterations: { type: "integer", alias: "n", min: 1, default: 10, description: "How many" },
    jobs: { type: "integer", alias: "j", min: 1, max: 64, default: 1, description: "At once" },
    pause: { type: "number", min: 0, default: 0, description: "Seconds between" },
    seed: { type: "integer", description: "Repeats the same proposals" },
    strategy: {
      type: "string",
      options: ["random", "tree"],
      default: "random",
      description: "How",
    },
    strategies: { type: "string", multiple: true, description: "Several" },
    reason: { type: "string", description: "Why" },
    "search-space": { type: "string", valueHint: "FILE", description: "Where the space is" },
    yes: { type: "boolean", alias: "y", description: "Do not ask" },
  },
  positionals: { experiment: { description: "Its id", valueHint: "EXPERIMENT" } },
  async run({ out, lab }, args) {
    for (let i = 1; i <= args.iterations; i++) {
      out.line(`  [${i}/${args.iterations}] ${args.experiment}`);
      out.event({ type: "iteration", index: i });
      out.progress.update({ done: i, total: args.iterations, best: 0.5, last: i });
    }
    out.warn("streamed warning");
    return {
      data: { root: lab.root, iterations: args.iterations },
      human: [`Completed ${args.iterations} iterations.`],
      warnings: ["late warning"],
      next: [{ command: "labctl status", why: "See where the lab stands" }],
    };
  },
});

function simple(name: string, run: Command["run"]): Command {
  return defineCommand({ name, examples: [], flags: {}, positionals: {}, run });
}

const COMMANDS: Command[] = [
  burst,
  simple("idle", async () => ({
    data: {},
    human: ["No eligible experiments"],
    exit: "nothing-to-do",
  })),
  simple("missing", () => {
    throw new LabError("not-found", "no experiment 'x'", {
      hint: "Run 'labctl list'.",
      details: ["d"],
    });
  }),
  simple("invalid", () => {
    throw new LabError("usage", "SPEC.yaml has 2 problems", { details: ["1:1 a: b", "2:1 c: d"] });
  }),
  simple("crash", () => {
    throw new TypeError("boom\nsecond line");
  }),
  simple("full", () => {
    throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
  }),
  simple("partial", async () => ({
    data: { measured: 0 },
    human: ["Completed 3 iterations."],
    failure: new LabError("evaluator-broken", "nothing could be measured"),
  })),
  simple("colour", async ({ out }) => ({ data: {}, human: [out.colour.green("fine")] })),
  simple("flood", async ({ out }) => {
    for (let i = 0; i < 20_000; i++) out.line(`line ${i}`);
    return { data: {}, human: ["end"] };
  }),
  simple("wait", async ({ out, io }) => {
    const signal = io.interrupts().soon;
    out.line("ready");
    const keepAlive = setInterval(() => {}, 1000);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    clearInterval(keepAlive);
    throw new LabError("interrupted", "stopped", { hint: "Run 'labctl wait' to continue." });
  }),
  simple("empty", async () => ({ data: {}, human: [] })),
];

/** A registry of small commands, one for each way a command can end. */
export const SAMPLES: Registry = Object.fromEntries(
  COMMANDS.map((command) => [
    command.name,
    {
      summary: `Sample ${command.name}`,
      group: command.name === "burst" ? "Run" : "Other",
      ...(command.name === "burst" ? { aliases: ["rush"] } : {}),
      load: async () => ({ command }),
    },
  ]),
);
