import { join } from "node:path";
import type { Params } from "../../domain/types.ts";
import { isJsonObject, parseJson } from "../../reduce/view-schema.ts";
import { readText } from "../../store/read-text.ts";

/**
 * artifacts/decision.json of a run. null when it has none: runs of params, and those that ended
 * before anything was decided.
 */
export function readDecision(run_dir: string): Params | null {
  const value = parseJson(readText(join(run_dir, "artifacts", "decision.json")) ?? "");
  return isJsonObject(value) ? value : null;
}
