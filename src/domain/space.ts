import type { Expression } from "./space/constraint/expression.ts";
import type { JsonValue } from "./types.ts";

/**
 * One tunable parameter. Numeric bounds are inclusive; equal bounds leave one value.
 *
 * - `step`: the values are `low`, `low + step`, ... up to `high`; null means every number of a
 *   float and every whole number of an int.
 * - `log`: values are spread evenly over their logarithm; `low` is above 0.
 * - `prior`: values are spread as it says, between the bounds.
 * - `categorical` choices have no order, `ordinal` values are in the order of the file. Both hold
 *   any JSON; two of them are the same when their canonical JSON is.
 */
export type Parameter = Common &
  (
    | { type: "float"; low: number; high: number; log: boolean; step: number | null; prior?: Prior }
    | { type: "int"; low: number; high: number; log: boolean; step: number | null; prior?: Prior }
    | { type: "categorical"; choices: JsonValue[] }
    | { type: "bool" }
    | { type: "ordinal"; values: JsonValue[] }
    | { type: "fixed"; value: JsonValue }
  );

export type ParameterType = Parameter["type"];

interface Common {
  name: string;
  /** The parameter is in the params only while all of these hold; absent: always. */
  when?: Condition[];
  /** The value it counts as having in trials that are older than the parameter. */
  default?: JsonValue;
}

/** Holds while `parent` is active and has one of these values. */
export interface Condition {
  parent: string;
  values: JsonValue[];
}

/**
 * How likely values are before anything was measured, cut to the bounds.
 *
 * - `normal`: of the value, or with `log` of its natural logarithm (then it is called lognormal).
 * - `beta`: of the share of the way from `low` to `high` (of their logarithms with `log`).
 */
export type Prior =
  { kind: "normal"; mu: number; sigma: number } | { kind: "beta"; a: number; b: number };

/** What must be true of the params, or of nothing when one of the named parameters is inactive. */
export interface Constraint {
  /** As it was written. */
  text: string;
  /** The parameters it names. */
  names: string[];
  expression: Expression;
}

/** A search space: parameters in the order of the file. Never changed once made. */
export interface Space {
  parameters: Parameter[];
  constraints?: Constraint[];
}
