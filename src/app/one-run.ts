import { join } from "node:path";
import { noiseLevel } from "../domain/acceptance/noise.ts";
import { LabError } from "../domain/errors.ts";
import { nextTier } from "../domain/spec/tiers.ts";
import { executeRun } from "../run/execute.ts";
import { experimentLayout } from "../store/layout.ts";
import { readableSpec } from "../store/open-spec.ts";
import { finishRun, interruptRun } from "./finish-run.ts";
import { openMutation } from "./model/mutation.ts";
import type { Session } from "./session.ts";
import type { RunOutcome, RunRequest } from "./run-request.ts";
import { bestOf, startRun } from "./start-run.ts";

/**
 * One run from reservation to seal: folder, plan, execute, measure, seal, event. The caller holds
 * the lease and decides when projections are written. Throws only for faults of the lab itself;
 * whatever the executor does is an outcome.
 */
export async function runOne(session: Session, request: RunRequest): Promise<RunOutcome> {
  if (request.remote !== undefined) return request.remote.run(session, request);
  const { store, lab } = session;
  const started = await startRun(session, request);
  const { run_id, dir, tier, role, spec, view } = started;
  const noise = view.noise_by_tier?.[tier];
  const previous_best = view.best_metric_by_tier[tier] ?? null;
  const paths = experimentLayout(store.layout, request.experiment);
  const { experiment } = request;

  const mutation = openMutation(session, {
    experiment,
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
      next_tier: nextTier(started.whole_spec, tier),
      lease_id: request.lease.record.lease_id,
      spec_path: await readableSpec(store.layout, started.whole_spec, tier),
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
    await interruptRun(session, { experiment, run_id, dir }, report.reason);
    const refused = mutation.failure();
    if (refused !== null) throw refused;
    return { ...outcome, sealed: false };
  }

  if (!request.lease.isCurrent()) {
    throw new LabError("lease-held", `${experiment}: the lease was taken over during ${run_id}`, {
      hint: "the run is left unsealed for its new owner; run `labctl recover`",
    });
  }
  const hypothesis = request.submission?.hypothesis ?? "";
  const provenance = mutation.provenance() ?? started.manifest.provenance;
  const manifest = { ...started.manifest, provenance };
  const { generation } = request.lease.record;
  const { plan } = started;
  const finishing = { dir, manifest, spec, plan, previous_best, hypothesis, generation };
  return { ...outcome, report: await finishRun(session, finishing, report) };
}
