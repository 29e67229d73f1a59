import type { Space } from "../space.ts";
import type { Params } from "../types.ts";
import { activeAxes, fitsSpace } from "./axes.ts";

/**
 * Params of an older version of the space as params of this one, or null when they are none:
 * parameters that are gone or inactive are left out, those that are missing get their `default`.
 */
export function adaptParams(space: Space, params: Params): Params | null {
  const defaults = new Map(
    space.parameters.map((parameter) => [parameter.name, parameter.default]),
  );
  const filled: Params = { ...params };
  for (const [name, value] of defaults) {
    if (value !== undefined && !Object.hasOwn(params, name)) filled[name] = value;
  }
  const adapted: Params = {};
  for (const { name } of activeAxes(space, filled)) {
    const value = filled[name];
    if (value !== undefined) adapted[name] = value;
  }
  return fitsSpace(space, adapted) ? adapted : null;
}
