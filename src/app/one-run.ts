import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { noiseLevel } from "../domain/acceptance/noise.ts";
import { LabError } from "../domain/errors.ts";
import type { RunManifest } from "../domain/manifest.ts";
import { nextTier, specForTier } from "../domain/spec/tiers.ts";
import type { Params, RunMode } from "../domain/types.ts";
import { renderPlan } from "../reduce/plan.ts";
import { sealedEvent } from "../reduce/sealed-event.ts";
import type { ExperimentView } from "../reduce/views.ts";
import type { Candidate } from "../run/candidate/candidate.ts";
import { executeRun, type ExecuteReport, type ExecuteRequest } from "../run/execute.ts";
import type { Sandbox } from "../run/sandbox.ts";
import { roleOf } from "../schedule/role.ts";
import { prepareRun, reserveRun, sealRun, setAside } from "../store/bundles.ts";
import { experimentLayout } from "../store/layout.ts";
import type { Lease } from "../store/leases.ts";
import { readableSpec } from "../store/open-spec.ts";
import { openMutation } from "./model/mutation.ts";
import type { Session } from "./session.ts";
import { failedReport, writeResult } from "./write-result.ts";

export interface RunRequest {
  experiment: string;
  mode: RunMode;
  iteration: number;
  /** The experiment's current one when left out. */
  tier?: string;
  lease: Lease;
  /** null for a scheduled run: the executor works in its run folder. */
  sandbox: Sandbox | null;
  params: Params | null;
  strategy: string | null;
  provenance: Params | null;
  seed: number | null;
  /** Commit of the workspace, when it is in a git checkout. */
  revision: string | null;
  /** A change that is scored instead of one that a mutation would make. */
  candidate?: Candidate;
  /** What an agent says of its candidate, and files that go to the bundle's artifacts. */
  submission?: { hypothesis: string; files: Record<string, string> };
  proposed_with?: RunManifest["proposed_with"];
  /** What a model was asked and said for it. */
  agent_files?: Record<string, string>;
  signal?: AbortSignal;
  /** Told of intermediate values; a text is why to prune the run. */
  onReports?: ExecuteRequest["onReports"];
}

export interface RunOutcome {
  run_id: string;
  dir: string;
  tier: string;
  role: string;
  report: ExecuteReport;
  /** Best value of the tier before this run. */
  previous_best: number | null;
  /** false when the run was cancelled before it was measured: it is set aside, not counted. */
  sealed: boolean;
}

/** A budget that no calendar reaches ends with it. */
function endOfBudget(started_at: string, minutes: number): string {
  const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");
  return new Date(Math.min(Date.parse(started_at) + minutes * 60_000, LAST_MS)).toISOString();
}

/**
 * One run from reservation to seal: folder, plan, execute, measure, seal, event. The caller holds
 * the lease and decides when projections are written. Throws only for faults of the lab itself;
 * whatever the executor does is an outcome.
 */
export async function runOne(session: Session, request: RunRequest): Promise<RunOutcome> {
  const { store, lab } = session;
  const paths = experimentLayout(store.layout, request.experiment);
  const view = await store.view(request.experiment);
  const tier = request.tier ?? view.current_fidelity_tier;
  const baseSpec = await store.spec(request.experiment);
  const spec = specForTier(baseSpec, tier);
  const role = roleOf(spec.worker_roles, request.iteration);
  const noise = view.noise_by_tier?.[tier];
  const previous_best = view.best_metric_by_tier[tier] ?? null;

  const { run_id, dir } = reserveRun(paths.runs, lab.clock.now(), role);
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
      },
    ],
    { sync: false },
  );

  const mutation = openMutation(session, {
    experiment: request.experiment,
    run_id,
    iteration: request.iteration,
    dir,
  });
  const report = await executeRun({
    processes: lab.processes,
    clock: lab.clock,
    spec,
    data_root: store.layout.root,
    experiment_dir: paths.dir,
    run: {
      id: run_id,
      dir,
      iteration: request.iteration,
      role,
      tier,
      next_tier: nextTier(baseSpec, tier),
      lease_id: request.lease.record.lease_id,
      spec_path: await readableSpec(store.layout, baseSpec, tier),
      mode: request.mode,
    },
    best: bestOf(view, tier),
    params: request.params,
    seed: request.seed,
    sandbox: request.sandbox,
    scratch_dir: join(store.layout.scratch, request.lease.record.lease_id, run_id),
    inherited: lab.env,
    ...(noise === undefined ? {} : { noise: noiseLevel(noise) }),
    mutator: mutation.mutator,
    ...(request.candidate === undefined ? {} : { candidate: request.candidate }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    ...(request.onReports === undefined ? {} : { onReports: request.onReports }),
  });
  for (const note of report.notes) lab.log.info(`${run_id}: ${note}`);
  const outcome = { run_id, dir, tier, role, report, previous_best, sealed: true };
  if (report.outcome === "cancelled") {
    setAside(dir, join(store.layout.backups, "interrupted", request.experiment));
    const { experiment } = request;
    await store.record(
      [{ type: "run_interrupted", ts: session.now(), experiment, run_id, reason: report.reason }],
      { sync: true },
    );
    const refused = mutation.failure();
    if (refused !== null) throw refused;
    return { ...outcome, sealed: false };
  }

  if (!request.lease.isCurrent()) {
    throw new LabError(
      "lease-held",
      `${request.experiment}: the lease was taken over during ${run_id}`,
      {
        hint: "the run is left unsealed for its new owner; run `labctl recover`",
      },
    );
  }
  const completed_at = session.now();
  const hypothesis = request.submission?.hypothesis ?? "";
  const provenance = mutation.provenance() ?? manifest.provenance;
  const made = { ...manifest, provenance };
  const writing = { dir, manifest: made, spec, plan, completed_at, previous_best, hypothesis };
  let written = writeResult(writing, report);
  // Only now, so that a crash in between finds a result to go with what was applied.
  const { promotion } = report;
  const notApplied =
    promotion === undefined ? null : await settlePromotionOf({ id: run_id, dir }, promotion);
  if (notApplied !== null) {
    outcome.report = failedReport(report, notApplied);
    written = writeResult(writing, outcome.report);
  }
  const seal = sealRun(dir, run_id, completed_at, request.lease.record.generation);
  if (seal !== null) {
    await store.record([sealedEvent(written.manifest, completed_at, written.result, seal)], {
      sync: true,
    });
  }
  return outcome;
}

function bestOf(view: ExperimentView, tier: string): { run_id: string; value: number } | null {
  const run_id = view.best_run_by_tier[tier];
  const value = view.best_metric_by_tier[tier];
  return run_id === undefined || value === undefined ? null : { run_id, value };
}

/** Loaded when there is something to apply: few runs have it. */
async function settlePromotionOf(
  run: { id: string; dir: string },
  promotion: NonNullable<RunManifest["promotion"]>,
): Promise<string | null> {
  const { settlePromotion } = await import("../run/reference/promotion.ts");
  return settlePromotion(run, promotion, { resumed: false });
}
