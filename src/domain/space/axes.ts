import type { Space } from "../space.ts";
import type { Params } from "../types.ts";
import type { Axis } from "./axis.ts";
import { violation } from "./constraint/evaluate.ts";
import { isActive, layoutOf } from "./layout.ts";

export type { Axis } from "./axis.ts";

/** The axes of a space, in its order, active or not. Made once per space object. */
export function axesOf(space: Space): readonly Axis[] {
  return layoutOf(space).axes;
}

/** The axes whose conditions hold in these params, in the order of the space. */
export function activeAxes(space: Space, params: Params): readonly Axis[] {
  const { axes, order, isConditional } = layoutOf(space);
  if (!isConditional) return axes;
  const active = new Set<Axis>();
  for (const node of order) {
    if (isActive(node, active, params)) active.add(node.axis);
  }
  return axes.filter((axis) => active.has(axis));
}

/** How far params are from meeting the constraints of the space: 0 when all hold. */
export function brokenBy(space: Space, params: Params): number {
  let sum = 0;
  for (const constraint of space.constraints ?? []) sum += violation(constraint, params);
  return sum;
}

/**
 * How many different params the space has, Infinity when any parameter is continuous. Constraints
 * are not taken off, nor are conditions when their combinations are many: then it is a bound.
 */
export function spaceSize(space: Space): number {
  return layoutOf(space).size;
}

/**
 * Whether params could have been proposed from this space: exactly its active parameters, each
 * with a legal value, and no constraint broken.
 */
export function fitsSpace(space: Space, params: Params): boolean {
  const axes = activeAxes(space, params);
  if (Object.keys(params).length !== axes.length) return false;
  for (const axis of axes) {
    if (!axis.has(params[axis.name])) return false;
  }
  return space.constraints === undefined || brokenBy(space, params) === 0;
}
