import { LabError } from "../domain/errors.ts";
import { type Axis, brokenBy } from "../domain/space/axes.ts";
import {
  MAX_TRIES,
  drawAxis,
  drawFeasible,
  drawMissing,
  repair,
} from "../domain/space/feasible.ts";
import type { Space } from "../domain/space.ts";
import type { JsonValue, Params } from "../domain/types.ts";
import type { RandomStream } from "./random-stream.ts";

/** Params drawn from the priors: active parameters only, every constraint met. */
export function drawPoint(space: Space, stream: RandomStream): Params {
  const params = drawFeasible(space, stream);
  if (params !== null) return params;
  const texts = (space.constraints ?? []).map(({ text }) => JSON.stringify(text));
  throw new LabError("usage", `no point of the space satisfies ${texts.join(" and ")}`, {
    details: [`tried ${MAX_TRIES}`],
    hint: "Loosen a constraint, or widen the bounds of the parameters it names.",
  });
}

/**
 * Params turned into a point of the space: legal values are kept, what is missing is drawn, what
 * is inactive is dropped, and broken constraints are repaired with as few moves as it takes.
 */
export function makeLegal(space: Space, params: Params, stream: RandomStream): Params {
  const completed = drawMissing(space, params, stream);
  if (space.constraints === undefined || brokenBy(space, completed) === 0) return completed;
  return repair(space, completed, stream) ?? drawPoint(space, stream);
}

/** One value for every axis, each drawn from its prior; conditions and constraints aside. */
export function drawUniform(axes: readonly Axis[], stream: RandomStream): Params {
  return paramsOf(axes, (axis) => drawAxis(axis, stream));
}

/** Params with one value an axis, in the order of the space. */
export function paramsOf(axes: readonly Axis[], value: (axis: Axis) => JsonValue): Params {
  const params: Params = {};
  for (const axis of axes) params[axis.name] = value(axis);
  return params;
}
