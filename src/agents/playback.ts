import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { LabError } from "../domain/errors.ts";
import type { JsonObject, JsonValue } from "../domain/types.ts";
import { isObject, parseJson } from "./is-object.ts";

/** What the stub says when nothing (more) is recorded. */
export const NOTHING: JsonObject = { summary: "nothing to change", changes: [] };

/**
 * The recorded change of an iteration (from 1): number `iteration` of a folder's files by name
 * (`.patch` and `.diff`, or `.json` with an answer), or of the list in a JSON file. NOTHING after
 * the last one, and when `path` is neither: then it is a task written for other agents.
 */
export function recordedAnswer(path: string, iteration: number): JsonObject {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new LabError("usage", `agent_instruction_file: no such file or folder: ${path}`, {
      hint: "name a folder of patches, a JSON list, or a file with the task",
    });
  }
  if (found.isDirectory()) {
    const names = readdirSync(path)
      .filter((name) => [".patch", ".diff", ".json"].includes(extname(name)))
      .sort();
    const name = names[iteration - 1];
    return name === undefined ? NOTHING : answerIn(join(path, name));
  }
  if (extname(path) !== ".json") return NOTHING;
  const list = parseJson(readFileSync(path, "utf8"));
  if (!Array.isArray(list)) throw notAnAnswer(path, "a list");
  const item = list[iteration - 1];
  return item === undefined ? NOTHING : asAnswer(item, `${path}, item ${iteration}`);
}

function answerIn(path: string): JsonObject {
  const text = readFileSync(path, "utf8");
  return asAnswer(extname(path) === ".json" ? parseJson(text) : text, path);
}

function asAnswer(value: JsonValue, place: string): JsonObject {
  if (typeof value === "string") return { summary: `recorded in ${place}`, patch: value };
  if (isObject(value)) return { summary: `recorded in ${place}`, ...value };
  throw notAnAnswer(place, 'an object such as {"changes": [...]}, or a patch as text');
}

function notAnAnswer(place: string, expected: string): LabError {
  return new LabError("usage", `${place}: expected ${expected}`, {
    hint: "see docs/providers.md for what the stub plays back",
  });
}
