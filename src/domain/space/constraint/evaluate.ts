import { sameJson } from "../../canonical-json.ts";
import type { Constraint } from "../../space.ts";
import type { JsonValue, Params } from "../../types.ts";
import { exp, ln } from "../portable-log.ts";
import type { Arithmetic, Comparison, Expression, FunctionName } from "./expression.ts";

/** More than any broken comparison counts. */
const HOPELESS = 2;

/**
 * How far params are from meeting a constraint: 0 when it holds, else a number above 0 that gets
 * smaller as the sides of its comparisons come closer. It holds when a parameter it names is
 * absent; it does not hold where it cannot be computed, such as the logarithm of -1.
 */
export function violation({ names, expression }: Constraint, params: Params): number {
  for (const name of names) {
    if (!Object.hasOwn(params, name)) return 0;
  }
  return broken(expression, params, true);
}

/** How far an expression is from being `wanted`. */
function broken(expression: Expression, params: Params, wanted: boolean): number {
  const { op } = expression;
  switch (op) {
    case "not":
      return broken(expression.of, params, !wanted);
    case "and":
    case "or": {
      const left = broken(expression.left, params, wanted);
      const right = broken(expression.right, params, wanted);
      // `not (a and b)` is `not a or not b`.
      return (op === "and") === wanted ? left + right : Math.min(left, right);
    }
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "==":
    case "!=":
      return gap(
        wanted ? op : OPPOSITE[op],
        valueOf(expression.left, params),
        valueOf(expression.right, params),
      );
    default:
      return valueOf(expression, params) === wanted ? 0 : 1;
  }
}

const OPPOSITE: Record<Comparison, Comparison> = {
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
  "==": "!=",
  "!=": "==",
};

function gap(op: Comparison, left: JsonValue, right: JsonValue): number {
  if (typeof left !== "number" || typeof right !== "number") {
    return sameJson(left, right) === (op === "==") ? 0 : 1;
  }
  if (Number.isNaN(left) || Number.isNaN(right)) return HOPELESS;
  if (isNear(left, right)) return op === "==" || op === "<=" || op === ">=" ? 0 : 1e-9;
  if (op === "!=" || (op.startsWith("<") && left < right) || (op.startsWith(">") && left > right)) {
    return 0;
  }
  const distance = Math.abs(left - right);
  return distance === Infinity ? 1 : Math.max(1e-9, distance / (1 + distance));
}

/** 0.1 + 0.2 counts as 0.3; whole numbers are compared as they are. */
function isNear(a: number, b: number): boolean {
  if (a === b) return true;
  if (Number.isInteger(a) && Number.isInteger(b)) return false;
  return Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
}

/** The value of an expression; NaN where it cannot be computed. */
function valueOf(expression: Expression, params: Params): JsonValue {
  switch (expression.op) {
    case "literal":
      return expression.value;
    case "name":
      return params[expression.name] ?? null;
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
    case "**":
      return calculate(
        expression.op,
        numberOf(expression.left, params),
        numberOf(expression.right, params),
      );
    case "call":
      return apply(
        expression.name,
        expression.of.map((one) => numberOf(one, params)),
      );
    default:
      return broken(expression, params, true) === 0;
  }
}

function numberOf(expression: Expression, params: Params): number {
  const value = valueOf(expression, params);
  return typeof value === "number" ? value : Number.NaN;
}

function calculate(op: Arithmetic, left: number, right: number): number {
  switch (op) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return right === 0 ? Number.NaN : left / right;
    case "%":
      // As in Python: the result has the sign of the divisor.
      return left - right * Math.floor(left / right);
    case "**":
      return power(left, right);
    default:
      return op satisfies never;
  }
}

function apply(name: FunctionName, of: number[]): number {
  const [x = Number.NaN] = of;
  switch (name) {
    case "min":
      return Math.min(...of);
    case "max":
      return Math.max(...of);
    case "abs":
      return Math.abs(x);
    case "sqrt":
      return Math.sqrt(x);
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "log":
      return logarithm(x);
    case "exp":
      return exponential(x);
    default:
      return name satisfies never;
  }
}

/** Whole powers by multiplication: the same on every platform, and exact for small numbers. */
function power(base: number, exponent: number): number {
  if (!Number.isInteger(exponent) || Math.abs(exponent) > 1024) {
    if (base === 0) return exponent > 0 ? 0 : Number.NaN;
    return exponential(exponent * logarithm(base));
  }
  let result = 1;
  for (let i = 0; i < Math.abs(exponent); i++) result *= base;
  return exponent < 0 ? 1 / result : result;
}

function logarithm(x: number): number {
  if (!(x > 0)) return Number.NaN;
  return x === Infinity ? x : ln(x);
}

function exponential(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709) return Infinity;
  return x < -700 ? 0 : exp(x);
}
