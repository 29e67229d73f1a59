import { canonicalJson } from "../../canonical-json.ts";
import { nearestName } from "../../nearest-name.ts";
import type { Parameter } from "../../space.ts";
import type { JsonValue } from "../../types.ts";
import { quoted } from "../quoted.ts";
import type { Expression, Kind } from "./expression.ts";

/** What an expression yields, whatever the params. */
export function kindOf(expression: Expression, parameters: ReadonlyMap<string, Parameter>): Kind {
  switch (expression.op) {
    case "literal":
      return kindOfValue(expression.value);
    case "name":
      return kindOfParameter(parameters.get(expression.name));
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
    case "**":
    case "call":
      return "number";
    default:
      return "truth";
  }
}

/** Why `left == right` or `left != right` cannot be meant, or null. */
export function checkLiteral(
  left: Expression,
  right: Expression,
  parameters: ReadonlyMap<string, Parameter>,
): string | null {
  if (left.op === "literal" && right.op === "name") return checkLiteral(right, left, parameters);
  if (left.op === "name" && right.op === "literal") {
    const values = listedValues(parameters.get(left.name));
    const wanted = canonicalJson(right.value);
    if (values !== null && !values.some((value) => canonicalJson(value) === wanted)) {
      const texts = values.filter((value) => typeof value === "string");
      const near = typeof right.value === "string" ? nearestName(right.value, texts) : null;
      const meant = near === null ? "" : ` (did you mean ${near}?)`;
      return `${left.name} is never ${quoted(right.value)}${meant}; it is one of ${quoted(values)}`;
    }
  }
  const [a, b] = [kindOf(left, parameters), kindOf(right, parameters)];
  if (a !== b && a !== "other" && b !== "other") return "compares a number with true or false";
  const numbers = a === "number" || b === "number";
  return numbers && (isText(left) || isText(right)) ? "compares a number with a text" : null;
}

function isText(expression: Expression): boolean {
  return expression.op === "literal" && typeof expression.value === "string";
}

function kindOfParameter(parameter: Parameter | undefined): Kind {
  const values = listedValues(parameter);
  if (values === null) return "number";
  const kinds = new Set(values.map(kindOfValue));
  const [only = "other"] = kinds;
  return kinds.size === 1 ? only : "other";
}

/** All values of a parameter without bounds; null for a number between bounds. */
function listedValues(parameter: Parameter | undefined): JsonValue[] | null {
  switch (parameter?.type) {
    case "categorical":
      return parameter.choices;
    case "ordinal":
      return parameter.values;
    case "bool":
      return [false, true];
    case "fixed":
      return [parameter.value];
    default:
      return null;
  }
}

function kindOfValue(value: JsonValue): Kind {
  if (typeof value === "number") return "number";
  return typeof value === "boolean" ? "truth" : "other";
}
