import type { JsonObject } from "../domain/types.ts";
import { isObject, parseJson } from "./is-object.ts";

/** Answers are at the end, and never as long. */
const MAX_CHARACTERS = 4 * 1024 * 1024;
/** Characters looked at in all: many braces that never close would otherwise take for ever. */
const MAX_WORK = 64 * 1024 * 1024;

/**
 * The last complete JSON object in a text with anything around it, or null: prose, code fences,
 * other objects, an object that was cut off. Of nested objects the outermost counts; braces inside
 * of strings do not.
 */
export function lastJsonObject(whole: string): JsonObject | null {
  const text = whole.slice(-MAX_CHARACTERS).trim();
  const only = parseObject(text);
  if (only !== null) return only;
  let last: JsonObject | null = null;
  let work = 0;
  for (let at = text.indexOf("{"); at >= 0 && work < MAX_WORK;) {
    const end = endOfObject(text, at);
    work += (end ?? text.length) - at;
    const object = end === null ? null : parseObject(text.slice(at, end + 1));
    last = object ?? last;
    // What is no object may be prose around one.
    at = text.indexOf("{", object === null || end === null ? at + 1 : end + 1);
  }
  return last;
}

/** Where the object that begins at `start` ends, or null when it does not. */
function endOfObject(text: string, start: number): number | null {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{") depth += 1;
    else if (character === "}") {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return null;
}

function parseObject(text: string): JsonObject | null {
  const value = text.startsWith("{") ? parseJson(text) : null;
  return isObject(value) ? value : null;
}
