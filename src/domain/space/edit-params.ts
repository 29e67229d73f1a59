import type { JsonObject, JsonValue, Params } from "../types.ts";
import type { Space } from "../space.ts";
import { adaptParams } from "./adapt.ts";
import { paramProblems } from "./param-problems.ts";

export type Edited = { kind: "params"; params: Params } | { kind: "problems"; problems: string[] };

/**
 * `params` changed by what a person wrote: a JSON object, or `name=value` pairs. What is not
 * mentioned stays; a switched parent drops its old children and brings in the defaults of the new.
 */
export function editParams(space: Space, params: Params, written: string): Edited {
  const changes = written.trimStart().startsWith("{") ? parseObject(written) : parsePairs(written);
  if (typeof changes === "string") return { kind: "problems", problems: [changes] };
  return changeParams(space, params, changes);
}

/** As editParams, with the changes as they are. */
export function changeParams(space: Space, params: Params, changes: JsonObject): Edited {
  const merged = { ...params, ...changes };
  const edited = adaptParams(space, merged) ?? merged;
  const unknown = Object.keys(changes).filter(
    (name) => !space.parameters.some((parameter) => parameter.name === name),
  );
  const problems = paramProblems(space, unknown.length > 0 ? merged : edited);
  return problems.length > 0 ? { kind: "problems", problems } : { kind: "params", params: edited };
}

function parseObject(written: string): JsonObject | string {
  try {
    const value: JsonValue = JSON.parse(written);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    return "expected a JSON object";
  } catch (error) {
    return `invalid JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Values are JSON where they can be, and text where they cannot. */
function parsePairs(written: string): JsonObject | string {
  const changes: JsonObject = {};
  const words = written.trim().replaceAll(/\s*=\s*/g, "=");
  for (const word of words.split(/[\s,]+(?=[^\s,=]+=)/)) {
    const at = word.indexOf("=");
    if (at <= 0) return `expected name=value, or a JSON object, got ${JSON.stringify(word)}`;
    changes[word.slice(0, at).trim()] = parseValue(word.slice(at + 1).trim());
  }
  return changes;
}

function parseValue(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
