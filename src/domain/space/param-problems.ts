import type { Parameter, Space } from "../space.ts";
import type { Params } from "../types.ts";
import { axesOf } from "./axes.ts";

/** Why params given by a person do not fit the space, one line each; [] when they do. */
export function paramProblems(space: Space, params: Params): string[] {
  const problems: string[] = [];
  const axes = axesOf(space);
  const known = new Set(axes.map((axis) => axis.name));
  for (const name of Object.keys(params)) {
    if (!known.has(name)) problems.push(`${name}: no such parameter (${[...known].join(", ")})`);
  }
  for (const [index, axis] of axes.entries()) {
    const parameter = space.parameters[index];
    if (parameter === undefined || axis.has(params[axis.name])) continue;
    problems.push(`${axis.name}: expected ${allowed(parameter)}, got ${said(params[axis.name])}`);
  }
  return problems;
}

function allowed(parameter: Parameter): string {
  switch (parameter.type) {
    case "float":
    case "int": {
      const step = parameter.step === null ? "" : ` in steps of ${parameter.step}`;
      const kind = parameter.type === "int" ? "a whole number" : "a number";
      return `${kind} from ${parameter.low} to ${parameter.high}${step}`;
    }
    case "categorical":
      return `one of ${JSON.stringify(parameter.choices)}`;
    case "ordinal":
      return `one of ${JSON.stringify(parameter.values)}`;
    case "bool":
      return "true or false";
    case "fixed":
      return JSON.stringify(parameter.value);
    default:
      return parameter satisfies never;
  }
}

function said(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
