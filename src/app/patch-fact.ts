import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunManifest } from "../domain/manifest.ts";
import type { ExecuteReport } from "../run/execute.ts";

/** The digest of the change that a run measured; nothing when there was none, or none was measured. */
export function patchFact(
  dir: string,
  report: Pick<ExecuteReport, "source" | "value">,
): Pick<RunManifest, "patch_sha256"> {
  const path = join(dir, "artifacts", "diff.patch");
  if (report.source !== "reference-executor" || report.value === null || !existsSync(path)) {
    return {};
  }
  const patch = readFileSync(path);
  if (patch.length === 0) return {};
  return { patch_sha256: new Bun.CryptoHasher("sha256").update(patch).digest("hex") };
}
