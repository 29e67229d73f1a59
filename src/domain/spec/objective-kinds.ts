import * as v from "valibot";
import {
  MAX_OBJECTIVES,
  metricNameProblem,
  parseOutputConstraint,
  type Objective,
} from "../objectives.ts";
import { DIRECTIONS } from "../types.ts";
import { oneOf } from "./kinds.ts";

/** The kinds of the SPEC fields `objectives` and `output_constraints`. */

const metricName = v.pipe(
  v.string("expected the name of a metric"),
  v.trim(),
  v.check(
    (name) => metricNameProblem(name) === null,
    ({ input }) => metricNameProblem(input) ?? "",
  ),
);

const objective = v.strictObject(
  { metric: metricName, direction: oneOf(DIRECTIONS) },
  ({ expected, path }) =>
    expected === "never"
      ? `unknown key of an objective: ${String(path?.at(-1)?.key)}; expected metric and direction`
      : "expected a map such as {metric: latency_ms, direction: minimize}",
);

/** `[{metric: accuracy, direction: maximize}, {metric: latency_ms, direction: minimize}]`. */
export const objectives = v.pipe(
  v.array(objective, "expected a list such as [{metric: accuracy, direction: maximize}, ...]"),
  v.check(
    (items) => items.length !== 1,
    "expected two objectives or more; for a single one use metric and metric_direction",
  ),
  v.maxLength(
    MAX_OBJECTIVES,
    ({ input }) => `expected at most ${MAX_OBJECTIVES} objectives, got ${input.length}`,
  ),
  v.check(
    (items) => repeatedMetric(items) === undefined,
    ({ input }) => `expected different metrics, got ${repeatedMetric(input)} twice`,
  ),
  v.title("list of {metric, direction}, two or more"),
);

function repeatedMetric(items: readonly Objective[]): string | undefined {
  const names = items.map(({ metric }) => metric);
  return names.find((name, index) => names.indexOf(name) < index);
}

const outputConstraint = v.pipe(
  v.string(`expected a text such as "memory_mb <= 4000"`),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const parsed = parseOutputConstraint(dataset.value);
    if (typeof parsed !== "string") return parsed;
    addIssue({ message: parsed });
    return NEVER;
  }),
);

/** `["memory_mb <= 4000"]`; a single text stands for a list of one. */
export const outputConstraints = v.pipe(
  v.unknown(),
  v.transform((input) => (typeof input === "string" ? [input] : input)),
  v.array(outputConstraint, `expected a list of texts such as ["memory_mb <= 4000"]`),
  v.title("list of texts `metric op number`"),
);
