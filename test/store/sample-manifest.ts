import type { RunManifest } from "../../src/domain/manifest.ts";

/** The manifest of a run of experiment `alpha` that is under way. */
export function sampleManifest(over: Partial<RunManifest> = {}): RunManifest {
  return {
    schema_version: 1,
    run_id: "RUN-20261123-181037-846000-scout",
    experiment: "alpha",
    role: "scout",
    started_at: "2026-11-23T18:10:37.846Z",
    completed_at: over.status === undefined ? null : "2026-11-23T18:10:38.000Z",
    executor_profile: "default",
    repo_revision: null,
    lease_id: "LEASE-20261123-181037-846000-alpha",
    fidelity_tier: "default",
    executor_class: "default",
    time_budget_minutes: 10,
    status: "running",
    iteration: 1,
    mode: "scheduled",
    generation: 1,
    metric: "score",
    value: null,
    source: "stdout",
    command: "echo 0.5",
    exit_code: null,
    duration_ms: 0,
    reason: "",
    strategy: null,
    seed: null,
    params: null,
    provenance: null,
    labctl: "test",
    ...over,
  };
}
