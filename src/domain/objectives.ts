import type { Direction } from "./types.ts";

/** One of several things an experiment wants at once. */
export interface Objective {
  metric: string;
  direction: Direction;
}

export const CONSTRAINT_OPS = ["<=", "<", ">=", ">"] as const;

/** A limit that a measured metric must keep: `memory_mb <= 4000`. */
export interface OutputConstraint {
  /** As it was written. */
  text: string;
  metric: string;
  op: (typeof CONSTRAINT_OPS)[number];
  limit: number;
}

/** Finite numbers by the name of their metric. */
export type Measurements = Record<string, number>;

/** What a SPEC says about judging a run; without objectives, its one metric is all there is. */
export interface Aims {
  metric: string;
  metric_direction: Direction;
  /** Empty, or two and more; the first is `metric`. */
  objectives: readonly Objective[];
  output_constraints: readonly OutputConstraint[];
}

/** At most so many objectives: beyond, nearly everything is on the front, and its volume is slow. */
export const MAX_OBJECTIVES = 8;

/** Metrics that a run must report so that it can be judged, without those that only `value` names. */
export function neededMetrics(aims: Pick<Aims, "objectives" | "output_constraints">): string[] {
  return [...new Set([...aims.objectives, ...aims.output_constraints].map(({ metric }) => metric))];
}

/** Why this text cannot name a metric of an objective or constraint; null when it can. */
export function metricNameProblem(name: string): string | null {
  if (name === "") return "expected the name of a metric, got an empty text";
  if (name in {}) return `expected a name that JavaScript does not reserve, got ${name}`;
  if (/[<>=\p{Cc}]/u.test(name)) {
    return `expected a metric name without <, > and =, got ${JSON.stringify(name)}`;
  }
  return null;
}

const CONSTRAINT = /^([^<>=]+?)\s*(<=|>=|<|>)\s*(\S+)$/u;

/** Reads `metric op number`; a text is what is wrong with it. */
export function parseOutputConstraint(text: string): OutputConstraint | string {
  const [, name = "", op, number = ""] = CONSTRAINT.exec(text.trim()) ?? [];
  const known = CONSTRAINT_OPS.find((one) => one === op);
  if (known === undefined) {
    return `expected a metric, one of ${CONSTRAINT_OPS.join(" ")}, and a number, such as "memory_mb <= 4000", got ${JSON.stringify(text)}`;
  }
  const problem = metricNameProblem(name.trim());
  if (problem !== null) return problem;
  const limit = Number(number);
  if (!/^[+-]?[\d.]/.test(number) || !Number.isFinite(limit)) {
    return `expected a number after ${known}, got ${JSON.stringify(number)}`;
  }
  return { text: text.trim(), metric: name.trim(), op: known, limit };
}

/** By how much a value breaks a constraint: 0 when it holds, else above 0 and finite. */
function excess({ op, limit }: OutputConstraint, value: number): number {
  const over = op === "<=" || op === "<" ? value - limit : limit - value;
  const holds = op === "<=" || op === ">=" ? over <= 0 : over < 0;
  // A strict limit is broken by being met, which is no distance at all.
  return holds ? 0 : Math.min(Number.MAX_VALUE, Math.max(Number.MIN_VALUE, over));
}

/**
 * The sum of what the constraints are exceeded by, in the units of their metrics: 0 exactly when
 * all hold. null when a metric was not measured: unknown is never feasible.
 */
export function violationOf(
  constraints: readonly OutputConstraint[],
  measured: Measurements,
): number | null {
  let sum = 0;
  for (const constraint of constraints) {
    const value = valueOf(measured, constraint.metric);
    if (value === null) return null;
    sum += excess(constraint, value);
  }
  return Math.min(Number.MAX_VALUE, sum);
}

/** The constraints these numbers break, each as `memory_mb <= 4000 (is 5120)`. */
export function brokenConstraints(
  constraints: readonly OutputConstraint[],
  measured: Measurements,
): string[] {
  return constraints.flatMap((constraint) => {
    const value = valueOf(measured, constraint.metric);
    if (value !== null && excess(constraint, value) === 0) return [];
    return `${constraint.text} (is ${value ?? "unknown"})`;
  });
}

/** The objectives as losses to minimise, in their order; null when one was not measured. */
export function lossesOf(
  objectives: readonly Objective[],
  measured: Measurements,
): number[] | null {
  const losses: number[] = [];
  for (const { metric, direction } of objectives) {
    const value = valueOf(measured, metric);
    if (value === null) return null;
    losses.push(direction === "maximize" ? -value : value);
  }
  return losses;
}

/** What a run measured, with its value under the name of the primary metric. */
export function measuredOf(
  aims: Pick<Aims, "metric">,
  run: { value: number | null; objectives?: Measurements },
): Measurements {
  const own = run.value === null || aims.metric in {} ? {} : { [aims.metric]: run.value };
  return { ...own, ...run.objectives };
}

/** Whether a measured run keeps every output constraint; one that did not measure them does not. */
export function isFeasible(
  aims: Pick<Aims, "metric" | "output_constraints">,
  run: { value: number | null; objectives?: Measurements },
): boolean {
  return violationOf(aims.output_constraints, measuredOf(aims, run)) === 0;
}

function valueOf(measured: Measurements, metric: string): number | null {
  const value = Object.hasOwn(measured, metric) ? measured[metric] : undefined;
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** Whether a value that came out of JSON is a record of finite numbers. */
export function isMeasurements(value: unknown): value is Measurements {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((number) => typeof number === "number" && Number.isFinite(number))
  );
}

/** Values of objectives by name, one for each intermediate report; null where it was not reported. */
export type ReportValues = Record<string, (number | null)[]>;

/** Whether a value that came out of JSON is such a record. */
export function isReportValues(value: unknown): value is ReportValues {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(
      (numbers) =>
        Array.isArray(numbers) &&
        numbers.every((number) => number === null || Number.isFinite(number)),
    )
  );
}
