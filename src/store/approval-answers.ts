import { join } from "node:path";
import * as v from "valibot";
import { lazily } from "../domain/lazily.ts";
import type { JsonObject } from "../domain/types.ts";
import { isJsonObject, parseJson } from "../reduce/view-schema.ts";
import { readText } from "./read-text.ts";

/** What a person answered. */
export interface Answer {
  decision: "approve" | "reject" | "edit" | "stop";
  reason: string;
  /** With `edit`: the params to run instead. */
  params: JsonObject | null;
}

export type FoundAnswer = { path: string; name: string } & (
  { kind: "answer"; answer: Answer } | { kind: "unreadable"; problem: string }
);

const AnswerFile = lazily(() =>
  v.object({
    decision: v.picklist(["approve", "reject", "skip", "edit", "stop"]),
    reason: v.optional(v.string(), ""),
    by: v.optional(v.string(), ""),
    params: v.optional(v.nullable(v.custom<JsonObject>(isJsonObject)), null),
  }),
);

/** Files whose name alone is the answer; what is in them is the reason. */
const WORDS = {
  approve: "approve",
  reject: "reject",
  skip: "reject",
  stop: "stop",
} as const;

/**
 * The answer to the request `id` in `approvals`: `<id>.answer.json`, or a file `<id>.approve`,
 * `.reject`, `.skip` or `.stop`, as people can make it on any device. null when there is none.
 */
export function readAnswer(approvals: string, id: string): FoundAnswer | null {
  const name = `${id}.answer.json`;
  const path = join(approvals, name);
  const text = readText(path);
  if (text !== null) return { path, name, ...parseAnswer(text) };
  for (const [word, decision] of Object.entries(WORDS)) {
    const file = `${id}.${word}`;
    const reason = readText(join(approvals, file));
    if (reason === null) continue;
    const answer = { decision, reason: reason.slice(0, 1000).trim(), params: null };
    return { path: join(approvals, file), name: file, kind: "answer", answer };
  }
  return null;
}

function parseAnswer(
  text: string,
): { kind: "answer"; answer: Answer } | { kind: "unreadable"; problem: string } {
  const parsed = v.safeParse(AnswerFile(), parseJson(text));
  if (!parsed.success) {
    const problem =
      'expected {"decision": "approve" | "reject" | "edit" | "stop", "reason": ..., "params": {...}}';
    return { kind: "unreadable", problem };
  }
  const { decision, by, params } = parsed.output;
  const reason = [by === "" ? "" : `by ${by}`, parsed.output.reason].filter(Boolean).join(": ");
  const isEdit = decision === "edit" || (decision === "approve" && params !== null);
  if (decision === "edit" && params === null) {
    return { kind: "unreadable", problem: "edit needs params" };
  }
  const meant = isEdit ? "edit" : decision === "skip" ? "reject" : decision;
  return { kind: "answer", answer: { decision: meant, reason, params } };
}
