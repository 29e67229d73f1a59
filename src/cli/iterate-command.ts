import { iterate, type IterateRequest } from "../app/iterate.ts";
import { openSession } from "../app/session.ts";
import { strategyNames } from "../search/registry.ts";
import type { CommandContext, CommandResult, Flags } from "./command.ts";
import { banner, iterateResult, iterationLine } from "./iterating.ts";
import { ENGINE_FLAG, openEngine } from "./engine-flag.ts";
import { PRUNER_FLAG, prunerMeant } from "./pruner-flag.ts";
import { STRATEGY_FLAGS, type StrategyKinds, strategiesMeant } from "./strategy-flags.ts";

/** Flags that burst, guided and swarm share. */
export const ITERATE_FLAGS = {
  ...STRATEGY_FLAGS,
  ...PRUNER_FLAG,
  iterations: {
    type: "integer",
    alias: "n",
    min: 1,
    max: 1_000_000,
    default: 10,
    description: "Iterations to run",
  },
  seed: {
    type: "integer",
    min: 0,
    max: 4_294_967_295,
    description: "Seed of the proposals (default: made from the experiment's id)",
  },
  "search-space": {
    type: "string",
    valueHint: "FILE",
    description: "Search space (default: search_space of the SPEC or search_space.json)",
  },
  direction: {
    type: "string",
    options: ["maximize", "minimize"],
    description: "Accepted for scripts; an error when the SPEC says otherwise",
  },
  pause: {
    type: "number",
    min: 0,
    max: 86_400,
    default: 0,
    valueHint: "SECONDS",
    description: "Seconds to wait between iterations",
  },
  worker: {
    type: "string",
    description: "Who runs this: shown to others while the experiment is held",
  },
  ...ENGINE_FLAG,
  "keep-going": {
    type: "boolean",
    description: "Go on although the first runs measured nothing",
  },
} as const satisfies Flags;

export const STRATEGY_HELP = strategyNames().join(", ");

export interface IterateArgs extends StrategyKinds {
  experiment: string;
  iterations: number;
  seed: number | undefined;
  "search-space": string | undefined;
  direction: "maximize" | "minimize" | undefined;
  pause: number;
  worker: string | undefined;
  pruner: string | undefined;
  engine: string;
  "keep-going": boolean;
}

export type IterateCommand = Pick<IterateRequest, "mode" | "arms" | "jobs"> &
  Pick<Partial<IterateRequest>, "review" | "allocate">;

/** Runs burst, guided or swarm: same loop, same output. */
export async function runIterations(
  { lab, out, io }: CommandContext,
  args: IterateArgs,
  given: IterateCommand,
): Promise<CommandResult> {
  const command = { ...given, arms: strategiesMeant(given.arms, args) };
  const pruner = prunerMeant(args.pruner, given.mode);
  const session = await openSession(lab);
  const interrupts = io.interrupts();
  const total = args.iterations;
  const onInterrupt = (): void =>
    out.info("finishing the runs in progress; press Ctrl-C again to stop them now");
  interrupts.soon.addEventListener("abort", () => {
    if (!interrupts.now.aborted) onInterrupt();
  });
  // A prompt and a line that rewrites itself would write over each other.
  const showProgress: typeof out.progress.update =
    command.review === undefined ? (state) => out.progress.update(state) : () => {};
  const engine = await openEngine(session, args.experiment, args.engine);
  const running = iterate(session, {
    ...command,
    ...(engine === null ? {} : { remote: engine.runner }),
    experiment: args.experiment,
    iterations: total,
    seed: args.seed ?? null,
    search_space: args["search-space"] ?? null,
    direction: args.direction ?? null,
    pause_ms: args.pause * 1000,
    worker: args.worker ?? "",
    keep_going: args["keep-going"],
    ...(pruner === undefined ? {} : { pruner }),
    stopSoon: interrupts.soon,
    stopNow: interrupts.now,
    onStart({ view, seed }) {
      out.line(banner({ ...command, experiment: args.experiment, iterations: total }));
      out.event({ type: "started", experiment: args.experiment, iterations: total, seed });
      showProgress({ done: 0, total, best: view.best_metric_value, last: null });
    },
    onIteration(done) {
      out.line(iterationLine(done, total));
      out.event({ type: "iteration", ...done });
      showProgress({ done: done.position, total, best: done.best, last: done.value });
    },
  });
  const report = await running.finally(() => engine?.close());
  session.store.close();
  const left = Math.max(1, total - report.done.length);
  return iterateResult(report, againCommand(args, command, left));
}

/** The command line that continues with `left` iterations and with what decides the proposals. */
function againCommand(args: IterateArgs, command: IterateCommand, left: number): string {
  const { mode, arms, jobs, allocate = "round-robin" } = command;
  const words = ["labctl", mode, args.experiment, "-n", String(left)];
  words.push(mode === "swarm" ? "--strategies" : "--strategy", ...arms);
  if (allocate !== "round-robin") words.push("--allocate", allocate);
  if (args.seed !== undefined) words.push("--seed", String(args.seed));
  if (args["search-space"] !== undefined) words.push("--search-space", args["search-space"]);
  if (args.pruner !== undefined) words.push("--pruner", args.pruner);
  if (args.engine !== "local") words.push("--engine", args.engine);
  if (jobs > 1) words.push("-j", String(jobs));
  return words.join(" ");
}
