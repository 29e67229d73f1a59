import type { JsonValue } from "./types.ts";

/**
 * One tunable parameter. Numeric bounds are inclusive; equal bounds leave one value.
 *
 * - `step`: the values are `low`, `low + step`, ... up to `high`; null means every number of a
 *   float and every whole number of an int.
 * - `log`: values are spread evenly over their logarithm; `low` is above 0.
 * - `categorical` choices have no order, `ordinal` values are in the order of the file. Both hold
 *   any JSON; two of them are the same when their canonical JSON is.
 */
export type Parameter =
  | { name: string; type: "float"; low: number; high: number; log: boolean; step: number | null }
  | { name: string; type: "int"; low: number; high: number; log: boolean; step: number | null }
  | { name: string; type: "categorical"; choices: JsonValue[] }
  | { name: string; type: "bool" }
  | { name: string; type: "ordinal"; values: JsonValue[] }
  | { name: string; type: "fixed"; value: JsonValue };

export type ParameterType = Parameter["type"];

/** A search space: parameters in the order of the file. Never changed once made. */
export interface Space {
  parameters: Parameter[];
}
