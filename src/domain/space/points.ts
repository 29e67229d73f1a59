import type { Space } from "../space.ts";
import type { JsonValue, Params } from "../types.ts";
import { activeAxes } from "./axes.ts";
import type { Axis } from "./axis.ts";
import { isActive, layoutOf } from "./layout.ts";

/**
 * Params with exactly the active parameters: legal values are kept, what is missing or illegal is
 * chosen, parents before children, and what is inactive is dropped. Constraints are not looked at.
 */
export function complete(space: Space, params: Params, choose: (axis: Axis) => JsonValue): Params {
  const { axes, order, isConditional } = layoutOf(space);
  const chosen: Params = {};
  const active = new Set<Axis>();
  for (const node of order) {
    const { axis } = node;
    if (isConditional && !isActive(node, active, chosen)) continue;
    active.add(axis);
    const value = params[axis.name];
    chosen[axis.name] = value !== undefined && axis.has(value) ? value : choose(axis);
  }
  return isConditional ? inOrder(axes, chosen) : chosen;
}

/**
 * The point after this one when a finite space is counted through, and after the last the first:
 * as many calls as there are points visit each once. Constraints are not looked at.
 */
export function nextPoint(space: Space, params: Params): Params {
  const active = new Set(activeAxes(space, params));
  const order = layoutOf(space).order.filter(({ axis }) => active.has(axis));
  const first = (axis: Axis): JsonValue => axis.at(0);
  // Whether an axis is active depends on earlier ones only: counting with digits that may be absent.
  for (let place = order.length - 1; place >= 0; place--) {
    const axis = order[place]?.axis;
    if (axis === undefined) continue;
    const digit = axis.indexOf(params[axis.name]) + 1;
    if (digit >= axis.count) continue;
    const prefix: Params = { [axis.name]: axis.at(digit) };
    for (const {
      axis: { name },
    } of order.slice(0, place))
      prefix[name] = params[name] ?? null;
    return complete(space, prefix, first);
  }
  return complete(space, {}, first);
}

function inOrder(axes: readonly Axis[], chosen: Params): Params {
  const params: Params = {};
  for (const { name } of axes) {
    const value = chosen[name];
    if (value !== undefined) params[name] = value;
  }
  return params;
}
