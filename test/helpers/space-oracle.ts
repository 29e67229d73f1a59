import type { Parameter, Space } from "../../src/domain/space.ts";
import type { JsonValue, Params } from "../../src/domain/types.ts";

/**
 * What is wrong with params, judged from the definition of the space and none of its code.
 * Constraints are understood in the few forms that test spaces use.
 */
export function faults(space: Space, params: Params): string[] {
  const extra = Object.keys(params).filter(
    (name) => !space.parameters.some((p) => p.name === name && isActive(space, p, params)),
  );
  const wrong = space.parameters.filter(
    (parameter) =>
      isActive(space, parameter, params) && !isLegal(parameter, params[parameter.name]),
  );
  const broken = (space.constraints ?? []).filter(({ text }) => !holds(text, params));
  return [
    ...extra.map((name) => `${name} is not in the space, or not active`),
    ...wrong.map(
      (parameter) => `${JSON.stringify(parameter)} got ${JSON.stringify(params[parameter.name])}`,
    ),
    ...broken.map(({ text }) => `${text} does not hold for ${JSON.stringify(params)}`),
  ];
}

function isActive(space: Space, { when = [] }: Parameter, params: Params): boolean {
  return when.every(({ parent, values }) => {
    const above = space.parameters.find(({ name }) => name === parent);
    if (above === undefined || !isActive(space, above, params)) return false;
    return isOneOf(values, params[parent]);
  });
}

const NAME = "`?([\\w.-]+)`?";
const NUMBER = "(-?[\\d.]+(?:e[+-]?\\d+)?)";
const SUM = new RegExp(`^${NAME} ([+*]) ${NAME} <= ${NUMBER}$`);
const ORDER = new RegExp(`^${NAME} (<|>=) ${NAME}$`);
const NOT_TEXT = new RegExp(`^${NAME} != "(.*)" or ${NAME} <= ${NUMBER}$`);

/** `a + b <= 3`, `a * b <= 3`, `a < b`, `a >= b`, `o != "text" or a <= 3`. */
function holds(text: string, params: Params): boolean {
  const value = (name = ""): JsonValue | undefined => params[name];
  const sum = SUM.exec(text);
  if (sum !== null) {
    const [a, b] = [value(sum[1]), value(sum[3])];
    if (typeof a !== "number" || typeof b !== "number") return true;
    const limit = Number(sum[4]);
    return (sum[2] === "+" ? a + b : a * b) <= limit + 1e-9 * Math.abs(limit);
  }
  const order = ORDER.exec(text);
  if (order !== null) {
    const [a, b] = [value(order[1]), value(order[3])];
    if (typeof a !== "number" || typeof b !== "number") return true;
    return order[2] === "<" ? a < b : a >= b;
  }
  const choice = NOT_TEXT.exec(text);
  if (choice !== null) {
    const [o, a] = [value(choice[1]), value(choice[3])];
    if (o === undefined || typeof a !== "number") return true;
    return o !== choice[2] || a <= Number(choice[4]);
  }
  throw new Error(`the oracle does not understand ${text}`);
}

function isOneOf(values: JsonValue[], value: JsonValue | undefined): boolean {
  return value !== undefined && values.some((one) => textOf(one) === textOf(value));
}

function isLegal(parameter: Parameter, value: JsonValue | undefined): boolean {
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
      return isOneOf(parameter.choices, value);
    case "ordinal":
      return isOneOf(parameter.values, value);
    case "bool":
      return typeof value === "boolean";
    case "fixed":
      return isOneOf([parameter.value], value);
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
