import type { JsonObject, JsonValue } from "../../domain/types.ts";
import type { Checked } from "../ask-model.ts";
import { isObject } from "../is-object.ts";

/** A change of code as a model gives it. Paths are relative to the workspace; null deletes. */
export type CodeChange =
  | { kind: "patch"; patch: string; summary: string }
  | { kind: "files"; files: Record<string, string | null>; summary: string };

const ACTIONS = ["write", "edit", "delete"];

/** JSON Schema of an answer that changes code. */
export const CHANGES_SCHEMA: JsonObject = {
  type: "object",
  properties: {
    summary: { type: "string", description: "What you expect and why, in one sentence." },
    changes: {
      type: "array",
      items: {
        type: "object",
        properties: {
          path: { type: "string", description: "Relative to the workspace." },
          action: { type: "string", enum: ACTIONS },
          content: { type: ["string", "null"], description: "Of write: the whole file." },
          search: { type: ["string", "null"], description: "Of edit: text that occurs once." },
          replace: { type: ["string", "null"], description: "Of edit: what takes its place." },
        },
        required: ["path", "action", "content", "search", "replace"],
        additionalProperties: false,
      },
    },
  },
  required: ["summary", "changes"],
  additionalProperties: false,
};

/**
 * Reads an answer: `changes`, or `files` (content by path, null deletes), or `patch` (a unified
 * diff). `contentOf` gives the present text of a file, null when there is none.
 */
export function readChange(
  answer: JsonObject,
  contentOf: (path: string) => string | null,
): Checked<CodeChange> {
  const { summary: said, changes, files, patch } = answer;
  const summary = typeof said === "string" ? said : "";
  if (typeof patch === "string") return { value: { kind: "patch", patch, summary } };
  if (isObject(files)) return readFiles(files, summary);
  if (!Array.isArray(changes)) return { problems: ["changes: expected a list of changes"] };
  const after = new Map<string, string | null>();
  const problems = changes.flatMap((change, index) => {
    const problem = makeChange(change, after, contentOf);
    return problem === null ? [] : [`changes[${index}]: ${problem}`];
  });
  if (problems.length > 0) return { problems };
  return { value: { kind: "files", files: Object.fromEntries(after), summary } };
}

function readFiles(files: JsonObject, summary: string): Checked<CodeChange> {
  const read: Record<string, string | null> = {};
  for (const [path, content] of Object.entries(files)) {
    if (content !== null && typeof content !== "string") {
      return { problems: [`files: expected the text of ${path}, or null to delete it`] };
    }
    read[path] = content;
  }
  return { value: { kind: "files", files: read, summary } };
}

/** Adds one change to `after`; returns what is wrong with it, or null. */
function makeChange(
  change: JsonValue,
  after: Map<string, string | null>,
  contentOf: (path: string) => string | null,
): string | null {
  if (!isObject(change)) return "expected an object with path and action";
  const { path, action, content, search, replace } = change;
  if (typeof path !== "string" || path === "") return "path: expected a file name";
  if (action === "delete") {
    after.set(path, null);
    return null;
  }
  if (action === "write") {
    if (typeof content !== "string") return `content: expected the whole text of ${path}`;
    after.set(path, content);
    return null;
  }
  if (action !== "edit") {
    return `action: expected ${ACTIONS.join(", ")}, got ${JSON.stringify(action ?? null)}`;
  }
  if (typeof search !== "string" || search === "" || typeof replace !== "string") {
    return "search and replace: expected texts";
  }
  const text = after.has(path) ? (after.get(path) ?? null) : contentOf(path);
  if (text === null) return `path: there is no text file ${path} to edit`;
  const found = text.split(search).length - 1;
  if (found !== 1) return `search: occurs ${found} times in ${path}, expected once`;
  after.set(
    path,
    text.replace(search, () => replace),
  );
  return null;
}
