import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunManifest } from "../domain/manifest.ts";
import { specForTier } from "../domain/spec/tiers.ts";
import type { LabStore } from "../store/lab-store.ts";
import { failedReport, writeResult } from "./write-result.ts";

/**
 * Finishes what the owner of a measured run had still to do when it vanished: applying an accepted
 * change. Returns the manifest the run is to be sealed with; a change that cannot be applied any
 * more makes it a failed run.
 */
export async function settleMeasured(
  store: LabStore,
  dir: string,
  manifest: RunManifest,
): Promise<RunManifest> {
  if (manifest.promotion === undefined) return manifest;
  const { settlePromotion } = await import("../run/reference/promotion.ts");
  const run = { id: manifest.run_id, dir };
  const reason = await settlePromotion(run, manifest.promotion, { resumed: true });
  if (reason === null) return manifest;
  const spec = specForTier(await store.spec(manifest.experiment), manifest.fidelity_tier);
  const {
    promotion: _p,
    reports: _r,
    report_values: _v,
    objectives: _o,
    verdict: _d,
    ...rest
  } = manifest;
  const context = {
    dir,
    manifest: rest,
    spec,
    plan: readFileSync(join(dir, "plan.md"), "utf8"),
    completed_at: manifest.completed_at ?? manifest.started_at,
    previous_best: null,
    hypothesis: "",
  };
  const { value, source, command, exit_code, duration_ms } = manifest;
  const report = { outcome: "success" as const, value, source, command, exit_code, duration_ms };
  const nothing = { metrics: {}, reason, swept: 0, stdout_cut_bytes: 0, stderr_cut_bytes: 0 };
  const empty = { notes: [], reports: [], result_md: null };
  return writeResult(context, failedReport({ ...report, ...nothing, ...empty }, reason)).manifest;
}
