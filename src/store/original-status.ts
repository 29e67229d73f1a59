import { readFileSync } from "node:fs";
import * as v from "valibot";
import { lazily } from "../domain/lazily.ts";
import { systemCode } from "../domain/errors.ts";
import { PHASES } from "../domain/types.ts";

/** What of the Python original's STATUS.json no event of ours can tell. */
const Schema = lazily(() =>
  v.object({
    phase: v.picklist([...PHASES, "ready"]),
    created_at: v.optional(v.string(), ""),
    current_fidelity_tier: v.optional(v.string(), "default"),
    failure_streak: v.optional(v.number(), 0),
    next_due_at: v.optional(v.nullable(v.string()), null),
    blocked_reason: v.optional(v.nullable(v.string()), null),
  }),
);

export type OriginalStatus = v.InferOutput<ReturnType<typeof Schema>>;

/** Reads a STATUS.json of the Python original; null when there is none, or when it is ours. */
export function readOriginalStatus(path: string): OriginalStatus | null {
  let status: unknown;
  try {
    status = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    if (["ENOENT", "EISDIR", "ENOTDIR"].includes(systemCode(error))) return null;
    throw error;
  }
  // Ours has a position in the ledger; the original knew none.
  if (typeof status === "object" && status !== null && "ledger_end" in status) return null;
  const parsed = v.safeParse(Schema(), status);
  return parsed.success ? parsed.output : null;
}

/** The index of the Python original knows no position in the ledger; nothing is wrong with it. */
export function isOriginalIndex(text: string): boolean {
  try {
    const index: unknown = JSON.parse(text);
    return typeof index === "object" && index !== null && !("ledger" in index);
  } catch {
    return false;
  }
}
