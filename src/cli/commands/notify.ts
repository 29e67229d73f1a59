import { targetStates, tellPending, tellTest, type TargetState } from "../../app/notify/pending.ts";
import { LabError } from "../../domain/errors.ts";
import { defineCommand, type CommandResult } from "../command.ts";
import { usageError } from "../failure.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "notify",
  description:
    "Whom each experiment tells (notify in its SPEC) and what waits to be told. --pending tells it now; 75 when some of it still waits. --test sends each target of one experiment a test.",
  examples: [
    { command: "labctl notify", why: "targets, and what waits" },
    { command: "labctl notify my-exp --test", why: "try the targets" },
    { command: "labctl notify --pending", why: "tell what a crash or an outage left" },
  ],
  flags: {
    pending: { type: "boolean", description: "Tell what waits, now" },
    test: { type: "boolean", description: "Send a test to each target of the experiment" },
    timeout: {
      type: "number",
      min: 0,
      max: 86_400,
      default: 60,
      valueHint: "SECONDS",
      description: "With --pending: how long for each experiment",
    },
  },
  positionals: {
    experiment: {
      description: "Only this experiment",
      valueHint: "EXPERIMENT",
      optional: true,
    },
  },
  async run(context, { experiment, pending, test, timeout }): Promise<CommandResult> {
    if (test && experiment === undefined) throw usageError("--test needs an experiment", "notify");
    if (test && pending) throw usageError("--test and --pending exclude each other", "notify");
    return withSession(context, async (session) => {
      const tests = test && experiment !== undefined ? await tellTest(session, experiment) : [];
      const told = pending
        ? await tellPending(session, experiment ?? null, { limit_ms: timeout * 1000, now: true })
        : { delivered: 0 };
      const targets = await targetStates(session, experiment ?? null);
      const left = targets.reduce((sum, state) => sum + state.pending, 0);
      const { delivered } = told;
      const failed = tests.filter(({ result }) => result !== "delivered");
      return {
        data: { targets, delivered, pending: left, tests },
        human: [
          ...tests.map(({ target, result, problem }) =>
            result === "delivered" ? `${target}: delivered` : `${target}: ${problem}`,
          ),
          ...(pending ? [`told: ${delivered}, waiting: ${left}`] : []),
          ...(test ? [] : targetLines(targets)),
        ],
        ...failureOf(failed.length, pending ? left : 0),
      };
    });
  },
});

function failureOf(failed: number, left: number): Pick<CommandResult, "failure"> {
  if (failed > 0) {
    return {
      failure: new LabError("try-later", `${failed} of the targets did not take the test`, {
        hint: "mend notify in SPEC.yaml, or try later",
      }),
    };
  }
  if (left === 0) return {};
  return {
    failure: new LabError("try-later", `${left} notifications still wait`, {
      hint: "see control/outbox/notifications.jsonl for why",
    }),
  };
}

function targetLines(targets: readonly TargetState[]): string[] {
  if (targets.length === 0) return ["no experiment tells anybody"];
  return targets.map(({ experiment, target, on, pending, attempts }) => {
    const waits = pending === 0 ? "" : `; ${pending} wait after ${attempts} attempts`;
    return `${experiment}: ${target} (${on.join(", ")})${waits}`;
  });
}
