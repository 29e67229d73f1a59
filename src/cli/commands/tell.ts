import { tellTrial } from "../../app/tell.ts";
import type { JsonObject, JsonValue } from "../../domain/types.ts";
import { formatValue } from "../../reduce/number.ts";
import { defineCommand } from "../command.ts";
import { idempotent, KEY_FLAG } from "../idempotent.ts";
import { usageError } from "../failure.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "tell",
  description:
    "Records what an asked trial came to as a sealed run, so that history, best and proposals know it. A trial without a finite value is told with --failed.",
  examples: [
    { command: "labctl tell my-exp 7 --value 0.93", why: "trial 7 of `labctl ask` measured 0.93" },
    {
      command: `labctl tell my-exp 9 --values '{"accuracy": 0.93, "latency_ms": 12}'`,
      why: "a SPEC with several objectives, or with output constraints",
    },
    { command: "labctl tell my-exp 8 --failed", why: "it crashed: never best, never forgotten" },
  ],
  flags: {
    value: { type: "number", description: "The metric; negative numbers as they are" },
    values: {
      type: "string",
      valueHint: "JSON",
      description: "Metrics by name, as an object: every objective and constrained metric",
    },
    failed: { type: "boolean", description: "The trial failed and has no value" },
    metrics: {
      type: "string",
      valueHint: "JSON",
      description: "What else was measured, as an object, for metrics.json",
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
  positionals: {
    experiment: { description: "The experiment", valueHint: "EXPERIMENT" },
    trial: { description: "The number that ask printed" },
  },
  run: (context, args) =>
    idempotent(context, "tell", args, async () => {
      const { experiment, trial, value, values, failed, metrics, wait } = args;
      const isTold = value !== undefined || values !== undefined;
      if (failed === isTold) {
        const given = failed ? "both are given" : "none is given";
        throw usageError(`tell needs either --value or --failed, ${given}`, "tell");
      }
      const request = {
        experiment,
        trial: trialNumber(trial),
        value: value ?? null,
        values: values === undefined ? null : jsonObject("--values", values),
        metrics: metrics === undefined ? {} : jsonObject("--metrics", metrics),
        wait_ms: wait * 1000,
      };
      const told = await withSession(context, (session) => tellTrial(session, request));
      const result = told.value === null ? told.outcome : formatValue(told.value);
      const best = told.accepted ? "the best so far" : `best ${formatValue(told.best)}`;
      return {
        data: { experiment, ...told },
        human: [`${experiment} trial ${told.trial}: ${result} (${best}) in ${told.run_id}`],
      };
    }),
});

function trialNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw usageError(`<trial> for tell: expected the number that ask printed, got '${text}'`, "tell");
}

function jsonObject(flag: string, text: string): JsonObject {
  let value: JsonValue = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Reported below, as anything else that is no object.
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw usageError(`${flag} for tell: expected a JSON object, got '${text.slice(0, 80)}'`, "tell");
}
