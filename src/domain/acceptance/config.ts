import { ACCEPTANCE_DEFAULTS, type AcceptanceConfig } from "./decide.ts";
import { didYouMean } from "../nearest-name.ts";
import type { JsonObject, JsonValue } from "../types.ts";

/** A bound that a candidate's own reported metrics must keep. */
export interface Guard {
  metric: string;
  op: GuardOp;
  value: number;
}

export const GUARD_OPS = ["<", "<=", ">", ">=", "==", "!="] as const;
export type GuardOp = (typeof GUARD_OPS)[number];

const GUARD_KEYS = ["metric", "op", "value"];

/** `acceptance` of a SPEC, or what is wrong with it. */
export function parseAcceptance(value: JsonValue): AcceptanceConfig | string {
  if (!isMap(value)) return "expected a map such as 'confidence: 0.975'";
  const names = Object.keys(ACCEPTANCE_DEFAULTS);
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    return `unknown option ${unknown}; expected ${names.join(", ")}${didYouMean(unknown, names)}`;
  }
  const { min_effect, repeats, confidence } = { ...ACCEPTANCE_DEFAULTS, ...value };
  if (typeof min_effect !== "number" || !(min_effect >= 0)) {
    return `min_effect: expected a number of at least 0, got ${JSON.stringify(min_effect)}`;
  }
  if (typeof repeats !== "number" || !Number.isInteger(repeats) || repeats < 5 || repeats > 100) {
    return `repeats: expected a whole number from 5 to 100, got ${JSON.stringify(repeats)}`;
  }
  if (typeof confidence !== "number" || !(confidence >= 0.5 && confidence <= 0.9999)) {
    return `confidence: expected a number from 0.5 to 0.9999, got ${JSON.stringify(confidence)}`;
  }
  return { min_effect, repeats, confidence };
}

/** `guards` of a SPEC, or what is wrong with them. */
export function parseGuards(value: JsonValue): Guard[] | string {
  if (!Array.isArray(value)) {
    return "expected a list of maps such as '{metric: memory_mb, op: <=, value: 512}'";
  }
  const guards: Guard[] = [];
  for (const [index, item] of value.entries()) {
    const guard = parseGuard(item);
    if (typeof guard === "string") return `guard ${index + 1}: ${guard}`;
    guards.push(guard);
  }
  return guards;
}

function parseGuard(item: JsonValue): Guard | string {
  if (!isMap(item)) return "expected a map with metric, op and value";
  const unknown = Object.keys(item).find((name) => !GUARD_KEYS.includes(name));
  if (unknown !== undefined) return `unknown key ${unknown}; expected metric, op and value`;
  const { metric, value } = item;
  const op = GUARD_OPS.find((one) => one === item["op"]);
  if (typeof metric !== "string" || metric === "") return "metric: expected a name";
  if (op === undefined) return `op: expected one of ${GUARD_OPS.join(" ")}`;
  if (typeof value !== "number") return "value: expected a number";
  return { metric, op, value };
}

/** Why a guard rejects the metrics of a candidate; null when all hold. What is not reported rejects. */
export function guardProblem(guards: readonly Guard[], metrics: JsonObject): string | null {
  for (const { metric, op, value } of guards) {
    const found = metrics[metric];
    if (typeof found !== "number")
      return `guard ${metric} ${op} ${value}: ${metric} is not reported`;
    if (!holds(found, op, value)) return `guard ${metric} ${op} ${value}: ${metric} is ${found}`;
  }
  return null;
}

function holds(found: number, op: GuardOp, value: number): boolean {
  switch (op) {
    case "<":
      return found < value;
    case "<=":
      return found <= value;
    case ">":
      return found > value;
    case ">=":
      return found >= value;
    case "==":
      return found === value;
    case "!=":
      return found !== value;
    default:
      return op satisfies never;
  }
}

function isMap(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
