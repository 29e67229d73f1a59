import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageId } from "../domain/dispatch/run-package.ts";
import type { RunManifest } from "../domain/manifest.ts";
import type { Spec } from "../domain/spec/spec.ts";
import { specForTier } from "../domain/spec/tiers.ts";
import { renderPlan } from "../reduce/plan.ts";
import type { ExperimentView } from "../reduce/views.ts";
import { roleOf } from "../schedule/role.ts";
import { prepareRun, reserveRun } from "../store/bundles.ts";
import { experimentLayout } from "../store/layout.ts";
import type { RunRequest } from "./run-request.ts";
import type { Session } from "./session.ts";

/** A run that is in the ledger and in its folder, and that nobody executes yet. */
export interface StartedRun {
  run_id: string;
  dir: string;
  tier: string;
  role: string;
  manifest: RunManifest;
  plan: string;
  /** Resolved for the tier, and as it is stored. */
  spec: Spec;
  whole_spec: Spec;
  /** As it was before. */
  view: ExperimentView;
}

/**
 * Reserves a run: its folder with plan.md and manifest.json, and run_started in the ledger.
 * With `dispatched`, somebody else is going to execute it, by the package that manifest.dispatch_id names.
 */
export async function startRun(
  session: Session,
  request: RunRequest,
  { dispatched = false } = {},
): Promise<StartedRun> {
  const { store, lab } = session;
  const paths = experimentLayout(store.layout, request.experiment);
  const view = await store.view(request.experiment);
  const tier = request.tier ?? view.current_fidelity_tier;
  const whole_spec = await store.spec(request.experiment);
  const spec = specForTier(whole_spec, tier);
  const role = roleOf(spec.worker_roles, request.iteration);

  const { run_id, dir } = reserveRun(paths.runs, lab.clock.now(), role);
  const dispatch_id = dispatched
    ? packageId(run_id, request.iteration, request.experiment)
    : undefined;
  const started_at = session.now();
  const plan = renderPlan({
    spec,
    view,
    run: { id: run_id, iteration: request.iteration, role, tier, mode: request.mode },
    params: request.params,
    strategy: request.strategy,
    timestamp: started_at,
  });
  const manifest: RunManifest = {
    schema_version: 1,
    run_id,
    experiment: request.experiment,
    role,
    started_at,
    completed_at: null,
    executor_profile: lab.env.HERMES_LAB_EXECUTOR_PROFILE ?? "default",
    repo_revision: request.revision,
    lease_id: request.lease.record.lease_id,
    fidelity_tier: tier,
    executor_class: spec.executor_class,
    time_budget_minutes: spec.time_budget_minutes,
    status: "running",
    iteration: request.iteration,
    mode: request.mode,
    generation: request.lease.record.generation,
    metric: spec.metric,
    value: null,
    source: "",
    command: "",
    exit_code: null,
    duration_ms: 0,
    reason: "",
    strategy: request.strategy,
    seed: request.seed,
    params: request.params,
    provenance: request.provenance,
    ...(request.proposed_with === undefined ? {} : { proposed_with: request.proposed_with }),
    ...(dispatch_id === undefined ? {} : { dispatch_id }),
    labctl: lab.version,
  };
  prepareRun(dir, manifest, plan, request.agent_files ?? {});
  for (const [name, text] of Object.entries(request.submission?.files ?? {})) {
    writeFileSync(join(dir, "artifacts", name), text);
  }
  await store.record(
    [
      {
        type: "run_started",
        ts: started_at,
        experiment: request.experiment,
        run_id,
        iteration: request.iteration,
        role,
        tier,
        lease_id: request.lease.record.lease_id,
        generation: request.lease.record.generation,
        expires_at: endOfBudget(started_at, spec.time_budget_minutes),
        ...(dispatch_id === undefined ? {} : { dispatch_id }),
      },
    ],
    // What is dispatched outlives this process; what is not never happened when the power fails.
    { sync: dispatched },
  );
  return { run_id, dir, tier, role, manifest, plan, spec, whole_spec, view };
}

/** A budget that no calendar reaches ends with it. */
function endOfBudget(started_at: string, minutes: number): string {
  const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");
  return new Date(Math.min(Date.parse(started_at) + minutes * 60_000, LAST_MS)).toISOString();
}

/** The best run of a tier, as the environment of a run names it. */
export function bestOf(
  view: ExperimentView,
  tier: string,
): { run_id: string; value: number } | null {
  const run_id = view.best_run_by_tier[tier];
  const value = view.best_metric_by_tier[tier];
  return run_id === undefined || value === undefined ? null : { run_id, value };
}
