import type { Condition } from "../space.ts";
import { quoted } from "./quoted.ts";
import { isJson } from "./read-fields.ts";
import type { Report } from "./read-fields.ts";

/**
 * Reads `when: {"optimizer": "sgd", "layers": [2, 3]}`: all of the keys, any of a list. null when
 * there is none, or it is bad and was reported.
 */
export function readWhen(raw: unknown, fail: Report): Condition[] | null {
  if (raw === undefined) return null;
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    fail("when", `when must be an object such as {"optimizer": "sgd"}: got ${quoted(raw)}`);
    return null;
  }
  const conditions: Condition[] = [];
  for (const [parent, wanted] of Object.entries(raw)) {
    const values: unknown[] = Array.isArray(wanted) ? wanted : [wanted];
    if (values.length === 0 || !values.every(isJson)) {
      fail("when", `when.${parent} must be a value or a list of values: got ${quoted(wanted)}`);
    } else {
      conditions.push({ parent, values });
    }
  }
  if (conditions.length > 0) return conditions;
  if (Object.keys(raw).length === 0) fail("when", "when names no parameter");
  return null;
}
