import type { JsonObject, JsonValue } from "../domain/types.ts";

/** Whether a value that came out of JSON.parse is an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON text as a value, or null when it is none. */
export function parseJson(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    return null;
  }
}

/** A count of tokens or an amount of money in a report; null for anything else. */
export function amountIn(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}
