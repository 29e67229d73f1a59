import { canonicalJson } from "../canonical-json.ts";
import type { Parameter } from "../space.ts";
import type { JsonValue } from "../types.ts";
import { gridOf } from "./grid.ts";
import { scaleOf } from "./scale.ts";

/**
 * A parameter as strategies see it: one side of the unit cube.
 *
 * - `continuous`: every number between the bounds.
 * - `ordered`: a finite row of values, neighbours are alike (ints, steps, ordinals).
 * - `choice`: finite, without order (categorical, bool).
 * - `single`: one value only (fixed, equal bounds, one choice): nothing to search.
 *
 * Even draws from [0, 1) are draws from the prior. On finite axes each value owns a bin of [0, 1):
 * bins of equal width, or, with `log` or a prior, of the width that its share of those gives it.
 */
export interface Axis {
  name: string;
  kind: "continuous" | "ordered" | "choice" | "single";
  /** How many values there are; Infinity when continuous. */
  count: number;
  /** Whether a value is legal here. */
  has(value: JsonValue | undefined): boolean;
  /** The value at a position: any number, clamped to [0, 1]. Always a legal value. */
  decode(position: number): JsonValue;
  /** The position of a value (the middle of its bin), or null when it is not a legal value. */
  encode(value: JsonValue | undefined): number | null;
  /** Value number `index` of a finite axis. */
  at(index: number): JsonValue;
  /** Its number on a finite axis, or -1 when it is not a legal value. */
  indexOf(value: JsonValue | undefined): number;
}

/** The axis of one parameter, whether it is active or not. */
export function axisOf(parameter: Parameter): Axis {
  const { name } = parameter;
  switch (parameter.type) {
    case "float":
    case "int":
      return numericAxis(parameter);
    case "categorical":
      return valuesAxis(name, "choice", parameter.choices);
    case "bool":
      return valuesAxis(name, "choice", [false, true]);
    case "ordinal":
      return valuesAxis(name, "ordered", parameter.values);
    case "fixed":
      return valuesAxis(name, "choice", [parameter.value]);
    default:
      return parameter satisfies never;
  }
}

type Numeric = Extract<Parameter, { type: "float" | "int" }>;

function numericAxis(parameter: Numeric): Axis {
  const { low, high } = parameter;
  if (low === high) return valuesAxis(parameter.name, "ordered", [low]);
  const step = parameter.step ?? (parameter.type === "int" ? 1 : null);
  return step === null ? continuousAxis(parameter) : gridAxis(parameter, step);
}

function continuousAxis({ name, low, high, log, prior }: Numeric): Axis {
  const scale = scaleOf(low, high, log, prior);
  const has = (value: JsonValue | undefined): value is number =>
    typeof value === "number" && value >= low && value <= high;
  return {
    name,
    kind: "continuous",
    count: Infinity,
    has,
    decode: (position) => clamp(scale.value(clamp(position, 0, 1)), low, high),
    encode: (value) => (has(value) ? clamp(scale.position(value), 0, 1) : null),
    at: () => low,
    indexOf: () => -1,
  };
}

function gridAxis({ name, low, high, log, prior }: Numeric, step: number): Axis {
  const grid = gridOf(low, high, step);
  const at = (index: number): number => clamp(grid.at(index), low, high);
  const last = grid.count - 1;
  // Half a step of room on both sides gives the ends of the grid bins of their own.
  const bottom = log ? Math.max(low - step / 2, low / 2) : low - step / 2;
  const isEven = !log && prior === undefined;
  const scale = isEven ? null : scaleOf(bottom, at(last) + step / 2, log, prior);
  const indexOf = (value: JsonValue | undefined): number =>
    typeof value === "number" ? grid.indexOf(value) : -1;
  return {
    name,
    kind: grid.count === 1 ? "single" : "ordered",
    count: grid.count,
    has: (value) => indexOf(value) >= 0,
    decode: (position) => {
      const inside = clamp(position, 0, 1);
      return at(scale === null ? binAt(inside, grid.count) : grid.nearest(scale.value(inside)));
    },
    encode: (value) => {
      const index = indexOf(value);
      if (index < 0) return null;
      return scale === null ? (index + 0.5) / grid.count : scale.position(at(index));
    },
    at,
    indexOf,
  };
}

function valuesAxis(name: string, kind: "ordered" | "choice", values: readonly JsonValue[]): Axis {
  // Lists and objects are found by their text, which must not be mixed up with a plain text.
  const plain = new Map<JsonValue, number>();
  const structures = new Map<string, number>();
  for (const [index, value] of values.entries()) {
    if (isStructure(value)) structures.set(canonicalJson(value), index);
    else plain.set(value, index);
  }
  const at = (index: number): JsonValue => values[index] ?? null;
  const indexOf = (value: JsonValue | undefined): number => {
    if (value === undefined) return -1;
    const index = isStructure(value) ? structures.get(canonicalJson(value)) : plain.get(value);
    return index ?? -1;
  };
  return {
    name,
    kind: values.length === 1 ? "single" : kind,
    count: values.length,
    has: (value) => indexOf(value) >= 0,
    decode: (position) => at(binAt(clamp(position, 0, 1), values.length)),
    encode: (value) => {
      const index = indexOf(value);
      return index < 0 ? null : (index + 0.5) / values.length;
    },
    at,
    indexOf,
  };
}

function isStructure(value: JsonValue): boolean {
  return typeof value === "object" && value !== null;
}

function binAt(position: number, count: number): number {
  return Math.min(count - 1, Math.floor(position * count));
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
