import { askTrials } from "../../app/ask.ts";
import type { AskedTrial } from "../../reduce/views.ts";
import { strategyNames } from "../../search/registry.ts";
import { defineCommand } from "../command.ts";
import { idempotent, KEY_FLAG } from "../idempotent.ts";
import { STRATEGY_FLAGS, type StrategyKinds, strategiesMeant } from "../strategy-flags.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "ask",
  description:
    "Prints a trial a line: its number and its params as JSON. Evaluate it wherever you like and tell the result with `labctl tell`. Until then it counts as running; one not told in time is given out again.",
  examples: [
    { command: "labctl ask my-exp", why: "one trial" },
    { command: "labctl ask my-exp -n 8 --json", why: "eight at once, for eight workers" },
  ],
  flags: {
    count: { type: "integer", alias: "n", min: 1, max: 10_000, default: 1, description: "Trials" },
    strategy: {
      type: "string",
      description: `One of: ${strategyNames().join(", ")} (default: that of the SPEC, else random)`,
    },
    ...STRATEGY_FLAGS,
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
    "expires-hours": {
      type: "number",
      min: 0,
      max: 87_600,
      default: 24,
      valueHint: "HOURS",
      description: "How long nobody else gets the trial",
    },
    wait: {
      type: "number",
      min: 0,
      max: 86_400,
      default: 10,
      valueHint: "SECONDS",
      description: "How long to wait while somebody else holds the experiment",
    },
    ...KEY_FLAG,
  },
  positionals: { experiment: { description: "The experiment", valueHint: "EXPERIMENT" } },
  run: (context, args) =>
    idempotent(context, "ask", args, async () => {
      const { experiment, count } = args;
      const trials = await withSession(context, (session) =>
        askTrials(session, {
          experiment,
          count,
          strategy: strategyOf(args),
          seed: args.seed ?? null,
          search_space: args["search-space"] ?? null,
          expires_hours: args["expires-hours"],
          wait_ms: args.wait * 1000,
        }),
      );
      const [first] = trials;
      return {
        data: { experiment, trials: trials.map(shown) },
        human: trials.map(({ iteration, params }) => `${iteration} ${JSON.stringify(params)}`),
        warnings:
          trials.length < count
            ? [`only ${trials.length} of ${count}: the SPEC allows no more`]
            : [],
        next:
          first === undefined
            ? []
            : [
                {
                  command: `labctl tell ${experiment} ${first.iteration} --value V`,
                  why: "record its result",
                },
              ],
      };
    }),
});

/** Flags that only one strategy has stand for it. */
function strategyOf({
  strategy,
  ...kinds
}: StrategyKinds & { strategy: string | undefined }): string | null {
  const implied = kinds.quasi ? "random" : kinds.variant === undefined ? null : "tpe";
  const name = strategy ?? implied;
  return name === null ? null : (strategiesMeant([name], kinds)[0] ?? null);
}

function shown({ iteration, tier, params, strategy, provenance, seed, expires_at }: AskedTrial) {
  return { trial: iteration, tier, params, strategy, provenance, seed, expires_at };
}
