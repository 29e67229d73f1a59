import { sameJson } from "../../domain/canonical-json.ts";
import { type Axis, axesOf } from "../../domain/space/axes.ts";
import type { Space } from "../../domain/space.ts";
import type { JsonValue, Params } from "../../domain/types.ts";
import { paramsOf } from "../draw.ts";

/** Ordered axes with more values than this are treated as continuous and rounded at the end. */
const MOST_LEVELS = 256;

/** What the search distribution is over. */
export interface Shape {
  /** Per Gaussian coordinate: null when continuous in [0, 1], else its levels in rising order. */
  levels: readonly (Float64Array | null)[];
  /** Per categorical variable: how many values it has. */
  choices: readonly number[];
}

/**
 * One point of it: raw Gaussian coordinates, also outside of [0, 1], and the numbers of values, -1
 * where a category was inactive.
 */
export interface Solution {
  raw: Float64Array;
  choices: readonly number[];
}

/** The axes behind a shape, in the order of its coordinates. */
export interface Dimensions extends Shape {
  gaussian: readonly Axis[];
  categorical: readonly Axis[];
  /** The value that Gaussian coordinate `i` stands for: the nearest bound or level. */
  valueAt(i: number, coordinate: number): JsonValue;
}

/** Two values are a category even when ordered, as the authors of CatCMAwM advise. */
export function dimensionsOf(space: Space): Dimensions {
  const axes = axesOf(space).filter(({ kind }) => kind !== "single");
  const isCategory = ({ kind, count }: Axis): boolean => kind === "choice" || count === 2;
  const gaussian = axes.filter((axis) => !isCategory(axis));
  const categorical = axes.filter(isCategory);
  const levels = gaussian.map((axis) => (axis.count > MOST_LEVELS ? null : levelsOf(axis)));
  return {
    gaussian,
    categorical,
    levels,
    choices: categorical.map(({ count }) => count),
    valueAt(i, coordinate) {
      const axis = gaussian[i]!;
      const row = levels[i] ?? null;
      return row === null ? axis.decode(coordinate) : axis.at(levelNumber(row, coordinate));
    },
  };
}

/** The params that a solution stands for, active or not. */
export function paramsOfSolution(
  space: Space,
  dimensions: Dimensions,
  { raw, choices }: Solution,
): Params {
  return paramsOf(axesOf(space), (axis) => {
    const category = dimensions.categorical.indexOf(axis);
    if (category >= 0) return axis.at(choices[category]!);
    const i = dimensions.gaussian.indexOf(axis);
    return i < 0 ? axis.at(0) : dimensions.valueAt(i, raw[i]!);
  });
}

/** The solution at the very place of params that fit the space; `mean` where they are inactive. */
export function solutionOf(
  { gaussian, categorical }: Dimensions,
  params: Params,
  mean: Float64Array | null,
): Solution {
  return {
    raw: Float64Array.from(
      gaussian,
      (axis, i) => axis.encode(params[axis.name]) ?? mean?.[i] ?? 0.5,
    ),
    choices: categorical.map((axis) => axis.indexOf(params[axis.name])),
  };
}

/**
 * Raw coordinates of params that were made from a solution: its own, but for those that were moved
 * to meet a constraint, or to a point that nobody had tried.
 */
export function rawOf(dimensions: Dimensions, params: Params, { raw }: Solution): Float64Array {
  return raw.map((coordinate, i) => {
    const axis = dimensions.gaussian[i]!;
    const value = params[axis.name];
    if (value === undefined || sameJson(dimensions.valueAt(i, coordinate), value))
      return coordinate;
    return axis.encode(value) ?? coordinate;
  });
}

/** Number of the level whose cell, between the middles of neighbours, holds the coordinate. */
export function levelNumber(levels: Float64Array, coordinate: number): number {
  let number = 0;
  while (number < levels.length - 1 && middle(levels, number) < coordinate) number++;
  return number;
}

/** The border between level `number` and the next one. */
export function middle(levels: Float64Array, number: number): number {
  return (levels[number]! + levels[number + 1]!) / 2;
}

function levelsOf(axis: Axis): Float64Array {
  return Float64Array.from({ length: axis.count }, (_, i) => axis.encode(axis.at(i)) ?? 0);
}
