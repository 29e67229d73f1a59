import type { Parameter, Space } from "../../src/domain/space.ts";
import type { JsonValue, Params } from "../../src/domain/types.ts";

/** What is wrong with params, judged from the definition of the space and none of its code. */
export function faults(space: Space, params: Params): string[] {
  const extra = Object.keys(params).filter(
    (name) => !space.parameters.some((p) => p.name === name),
  );
  const wrong = space.parameters.filter((parameter) => !isLegal(parameter, params[parameter.name]));
  return [
    ...extra.map((name) => `${name} is not in the space`),
    ...wrong.map(
      (parameter) => `${JSON.stringify(parameter)} got ${JSON.stringify(params[parameter.name])}`,
    ),
  ];
}

function isLegal(parameter: Parameter, value: JsonValue | undefined): boolean {
  const isOneOf = (values: JsonValue[]): boolean =>
    values.some((one) => textOf(one) === textOf(value ?? null));
  switch (parameter.type) {
    case "float":
    case "int": {
      const { low, high, step, type } = parameter;
      if (typeof value !== "number" || !(value >= low && value <= high)) return false;
      if (type === "int" && !Number.isInteger(value)) return false;
      if (step === null || low === high) return true;
      const steps = Math.round((value - low) / step);
      const decimals = Math.max(decimalsOf(low), decimalsOf(step));
      return Math.abs(low + steps * step - value) < step * 1e-6 && decimalsOf(value) <= decimals;
    }
    case "categorical":
      return isOneOf(parameter.choices);
    case "ordinal":
      return isOneOf(parameter.values);
    case "bool":
      return typeof value === "boolean";
    case "fixed":
      return isOneOf([parameter.value]);
    default:
      return parameter satisfies never;
  }
}

/** Digits after the point, as the number prints: a value that drifted off its step has many. */
function decimalsOf(value: number): number {
  for (let decimals = 0; decimals <= 20; decimals++) {
    if (Number(value.toFixed(decimals)) === value) return decimals;
  }
  return 99;
}

/** A value as it comes back from a file. */
export function jsonOf(value: unknown): JsonValue {
  const copy: JsonValue = JSON.parse(JSON.stringify(value));
  return copy;
}

/** A text that is equal for equal JSON values, whatever the order of keys. */
export function textOf(value: unknown): string {
  return JSON.stringify(sorted(jsonOf(value)));
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => [key, sorted(item)]);
}
