import type { Axis } from "../domain/space/axes.ts";
import type { JsonValue, Params } from "../domain/types.ts";
import type { RandomStream } from "./random-stream.ts";

/** Uniform params: every axis on its own, log axes evenly over their logarithm. */
export function drawUniform(axes: readonly Axis[], stream: RandomStream): Params {
  return paramsOf(axes, (axis) =>
    axis.kind === "single" ? axis.at(0) : axis.decode(stream.uniform()),
  );
}

/** Params with one value an axis, in the order of the space. */
export function paramsOf(axes: readonly Axis[], value: (axis: Axis) => JsonValue): Params {
  const params: Params = {};
  for (const axis of axes) params[axis.name] = value(axis);
  return params;
}
