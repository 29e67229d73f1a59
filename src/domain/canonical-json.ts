import type { JsonValue, Params } from "./types.ts";

/**
 * The one text of a JSON value: keys sorted by code unit, no spaces, -0 written as 0. Two values
 * are the same choice exactly when these texts are equal.
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`);
  return `{${members.join(",")}}`;
}

/** Identity of a set of params, whatever the order of its keys: equal keys, equal proposal. */
export function paramsKey(params: Params): string {
  return canonicalJson(params);
}

/** Whether two JSON values are the same value; quick for numbers, texts and booleans. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  return canonicalJson(a) === canonicalJson(b);
}
