import type { Space } from "../space.ts";
import type { Params } from "../types.ts";
import { allowedValues } from "./allowed-values.ts";
import { activeAxes } from "./axes.ts";
import { violation } from "./constraint/evaluate.ts";

/** Why params given by a person do not fit the space, one line each; [] when they do. */
export function paramProblems(space: Space, params: Params): string[] {
  const problems: string[] = [];
  const known = new Map(space.parameters.map((parameter) => [parameter.name, parameter]));
  const active = new Map(activeAxes(space, params).map((axis) => [axis.name, axis]));
  for (const name of Object.keys(params)) {
    const when = known.get(name)?.when ?? [];
    if (!known.has(name)) {
      problems.push(`${name}: no such parameter (${[...known.keys()].join(", ")})`);
    } else if (!active.has(name)) {
      const needs = when.map(({ parent, values }) => `${parent} ${values.map(said).join(" or ")}`);
      problems.push(`${name}: applies only with ${needs.join(" and ")}; leave it out`);
    }
  }
  for (const [name, parameter] of known) {
    const axis = active.get(name);
    if (axis === undefined || axis.has(params[name])) continue;
    problems.push(`${name}: expected ${allowedValues(parameter)}, got ${said(params[name])}`);
  }
  if (problems.length > 0) return problems;
  return (space.constraints ?? [])
    .filter((constraint) => violation(constraint, params) > 0)
    .map(({ text }) => `the constraint ${text} does not hold`);
}

function said(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
