import { type Axis, axesOf } from "../../domain/space/axes.ts";
import type { Space } from "../../domain/space.ts";
import type { Params } from "../../domain/types.ts";
import { paramsOf } from "../draw.ts";

/** Ordered axes with more values than this are searched as real numbers and rounded at the end. */
const MOST_LEVELS = 64;

/**
 * One input of the Gaussian process. `real`: a position in [0, 1]. `levels`: one of a few positions
 * in order. `choice`: the number of a value, where all different values are equally far apart.
 */
export interface Feature {
  axis: Axis;
  kind: "real" | "levels" | "choice";
  /** What the input may be; empty for `real`. */
  values: Float64Array;
}

/** The inputs of a space: every axis with more than one value, in order. */
export function featuresOf(space: Space): Feature[] {
  return axesOf(space)
    .filter((axis) => axis.kind !== "single")
    .map((axis) => {
      if (axis.kind === "choice") {
        return {
          axis,
          kind: "choice",
          values: Float64Array.from({ length: axis.count }, (_, i) => i),
        };
      }
      if (axis.count > MOST_LEVELS) return { axis, kind: "real", values: new Float64Array() };
      const values = Float64Array.from(
        { length: axis.count },
        (_, i) => axis.encode(axis.at(i)) ?? 0,
      );
      return { axis, kind: "levels", values };
    });
}

/** Params as inputs; they must fit the space. Inactive ones get a resting value: the middle. */
export function inputsOf(features: readonly Feature[], params: Params): Float64Array {
  return Float64Array.from(features, ({ axis, kind, values }) => {
    const value = params[axis.name];
    if (value === undefined) return kind === "real" ? 0.5 : values[values.length >> 1]!;
    return kind === "choice" ? axis.indexOf(value) : (axis.encode(value) ?? 0.5);
  });
}

/** A point of the unit cube as inputs. */
export function inputsAt(features: readonly Feature[], point: Float64Array): Float64Array {
  return Float64Array.from(features, ({ kind, values }, i) => {
    const position = point[i]!;
    if (kind === "real") return position;
    if (kind === "choice") return values[Math.floor(position * values.length)] ?? values.at(-1)!;
    return nearest(values, position);
  });
}

/** The params that inputs stand for, active or not. */
export function paramsAt(space: Space, features: readonly Feature[], inputs: Float64Array): Params {
  const inputOf = new Map(features.map(({ axis }, i) => [axis.name, i]));
  return paramsOf(axesOf(space), (axis) => {
    const i = inputOf.get(axis.name);
    if (i === undefined) return axis.at(0);
    const { kind, values } = features[i]!;
    const input = inputs[i]!;
    return kind === "real" ? axis.decode(input) : axis.at(values.indexOf(input));
  });
}

function nearest(values: Float64Array, position: number): number {
  let best = values[0]!;
  for (const value of values) {
    if (Math.abs(value - position) < Math.abs(best - position)) best = value;
  }
  return best;
}
