import { existsSync, statSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunPackage } from "../../domain/dispatch/run-package.ts";
import type { Log } from "../../ports.ts";
import { readText } from "../../store/read-text.ts";

/** A package is one document of 8 MiB at most. */
const PATCH_BYTES = 4 * 1024 * 1024;

/**
 * The change that a candidate of code has to beat, from the folder of the best run so far; null when
 * that run decided nothing, or its patch is too large to travel: then it is compared with the base.
 */
export function incumbentOf(
  runs: string,
  best: { run_id: string } | null,
  log: Log,
): NonNullable<RunPackage["incumbent"]> | null {
  if (best === null) return null;
  const artifacts = join(runs, best.run_id, "artifacts");
  const decision = readText(join(artifacts, "decision.json"));
  const patch = join(artifacts, "diff.patch");
  if (decision === null || !existsSync(patch)) return null;
  if (statSync(patch).size > PATCH_BYTES) {
    log.warn(`the patch of ${best.run_id} is too large to travel: compared with the base instead`);
    return null;
  }
  return { decision, patch_base64: readFileSync(patch).toString("base64") };
}
