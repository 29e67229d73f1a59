import type { RunSealed } from "../domain/events.ts";
import type { RunManifest } from "../domain/manifest.ts";
import { readResult } from "./result.ts";

/** More of a RESULT.md than this says nothing a projection would quote. */
const RESULT_CHARACTERS = 65_536;

/** The ledger's copy of a sealed bundle: what projections need, so that they never re-read it. */
export function sealedEvent(
  manifest: RunManifest,
  completed_at: string,
  result: string,
  seal_sha256: string,
): RunSealed {
  return {
    type: "run_sealed",
    ts: completed_at,
    experiment: manifest.experiment,
    run_id: manifest.run_id,
    iteration: manifest.iteration,
    role: manifest.role,
    tier: manifest.fidelity_tier,
    executor_class: manifest.executor_class,
    mode: manifest.mode,
    outcome: manifest.status === "running" ? "lost" : manifest.status,
    value: manifest.status === "success" ? manifest.value : null,
    ...(manifest.status !== "success" || manifest.objectives === undefined
      ? {}
      : { objectives: manifest.objectives }),
    metric: manifest.metric,
    source: manifest.source,
    params: manifest.params,
    strategy: manifest.strategy,
    provenance: manifest.provenance,
    ...(manifest.patch_sha256 === undefined ? {} : { patch_sha256: manifest.patch_sha256 }),
    ...(manifest.reports === undefined ? {} : { reports: manifest.reports }),
    ...(manifest.report_values === undefined ? {} : { report_values: manifest.report_values }),
    ...(manifest.blocked === undefined ? {} : { blocked: manifest.blocked }),
    ...(manifest.breakthrough === undefined ? {} : { breakthrough: manifest.breakthrough }),
    ...(manifest.verdict === undefined ? {} : { verdict: manifest.verdict }),
    started_at: manifest.started_at,
    duration_ms: manifest.duration_ms,
    ...readResult(result.slice(0, RESULT_CHARACTERS)),
    seal_sha256,
  };
}
