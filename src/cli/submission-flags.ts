import type { SubmissionInput } from "../app/agent/submission.ts";
import type { FileContent } from "../run/candidate/candidate.ts";
import { LabError } from "../domain/errors.ts";
import type { JsonObject, JsonValue } from "../domain/types.ts";
import type { CommandContext, Flags } from "./command.ts";
import { usageError } from "./failure.ts";
import { readInput } from "./read-input.ts";

/** How a candidate is handed in, for check and submit alike. */
export const SUBMISSION_FLAGS = {
  params: {
    type: "string",
    valueHint: "JSON|@FILE",
    description: "Params, as a JSON object (default: those that the ticket suggests)",
  },
  patch: {
    type: "string",
    valueHint: "FILE",
    description: "A unified diff, as git diff makes it; - reads standard input",
  },
  changes: {
    type: "string",
    valueHint: "JSON|FILE",
    description: "New contents by path: {path: text, {base64: ...}, or null to delete}; - reads it",
  },
  workspace: {
    type: "boolean",
    description: "What was changed in the ticket's workspace (the default for code)",
  },
  replicate: { type: "boolean", description: "Measure a candidate again that was measured before" },
  "stale-ok": {
    type: "boolean",
    description: "Although there is a newer best; it is compared with that",
  },
} as const satisfies Flags;

export interface SubmissionArgs {
  params: string | undefined;
  patch: string | undefined;
  changes: string | undefined;
  workspace: boolean;
}

/** What was handed in on the command line. Throws `usage` for more than one, or what cannot be read. */
export async function submissionInput(
  { io }: Pick<CommandContext, "io">,
  command: string,
  { params, patch, changes, workspace }: SubmissionArgs,
): Promise<SubmissionInput> {
  const given = [
    ...(params === undefined ? [] : ["--params"]),
    ...(patch === undefined ? [] : ["--patch"]),
    ...(changes === undefined ? [] : ["--changes"]),
    ...(workspace ? ["--workspace"] : []),
  ];
  if (given.length > 1) throw usageError(`${given.join(" and ")}: hand in one of them`, command);
  if (params !== undefined) {
    const text = params.startsWith("@") ? await readInput(io, params.slice(1), "params") : params;
    return { kind: "params", params: jsonObject(text, "--params") };
  }
  if (patch !== undefined) {
    const text = await readInput(io, patch, "a patch");
    return { kind: "candidate", candidate: { kind: "patch", patch: text } };
  }
  if (changes === undefined) return { kind: "ticket" };
  const isText = changes.trimStart().startsWith("{");
  const text = isText ? changes : await readInput(io, changes, "changes");
  return changesInput(jsonObject(text, "--changes"), "--changes");
}

/** A map of paths to contents as a submission. `what` names it in errors. */
export function changesInput(changes: JsonObject, what: string): SubmissionInput {
  const files = Object.entries(changes).map(([path, content]): [string, FileContent | null] => {
    if (content === null || typeof content === "string") return [path, content];
    const base64 = isObject(content) ? content["base64"] : undefined;
    if (typeof base64 === "string" && isBase64(base64)) return [path, { base64 }];
    throw new LabError(
      "usage",
      `${what}: expected text, {"base64": ...} or null for ${JSON.stringify(path)}, got ${JSON.stringify(content).slice(0, 80)}`,
      { hint: 'write {"src/a.py": "whole new content", "old.py": null}' },
    );
  });
  return { kind: "candidate", candidate: { kind: "files", files: Object.fromEntries(files) } };
}

/** Reads a JSON object. Throws `usage` that says what is there instead. */
export function jsonObject(text: string, what: string): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LabError("usage", `${what}: not JSON: ${why}`, { hint: "give a JSON object" });
  }
  if (isObject(value)) return value;
  throw new LabError("usage", `${what}: expected a JSON object, got '${text.slice(0, 80)}'`, {
    hint: "give a JSON object",
  });
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
