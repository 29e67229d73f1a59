import { LabError } from "../domain/errors.ts";
import type { Outcome } from "../domain/types.ts";
import { nextIteration } from "../reduce/experiment.ts";
import { specForTier } from "../domain/spec/tiers.ts";
import { eligible, isDue } from "../schedule/due.ts";
import type { Lease } from "../store/leases.ts";
import { runOne } from "./one-run.ts";
import type { Session } from "./session.ts";
import { withLease } from "./with-lease.ts";

export interface RunOnceRequest {
  max_runs: number;
  /** Empty: any. */
  executor_classes: readonly string[];
  signal: AbortSignal;
}

export type RunOnceEntry =
  | {
      kind: "ran";
      experiment: string;
      run_id: string;
      tier: string;
      role: string;
      outcome: Outcome;
      value: number | null;
      reason: string;
    }
  | { kind: "completed"; experiment: string }
  /** Something about this experiment stopped its run before it began; the others go on. */
  | { kind: "skipped"; experiment: string; error: LabError };

/**
 * One scheduler cycle: runs what is due, most urgent first, until `max_runs` runs are done. Due is
 * asked again under the lease, so several cycles at once never run an experiment twice. Experiments
 * that somebody else holds are passed over, and trouble with one does not stop the next.
 */
export async function runOnce(session: Session, request: RunOnceRequest): Promise<RunOnceEntry[]> {
  const entries: RunOnceEntry[] = [];
  const left = (): number =>
    request.max_runs - entries.filter((entry) => entry.kind === "ran").length;
  const now = session.lab.clock.now();
  for (const { id } of eligible(session.store.rows(), now, request.executor_classes)) {
    if (left() <= 0 || request.signal.aborted) break;
    try {
      await withLease(session, id, "run-once", async (lease) => {
        const row = await session.store.view(id);
        if (!isDue(row, now)) return;
        entries.push(...(await visit(session, id, lease, { ...request, max_runs: left() })));
      });
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      if (error.code === "lease-held") continue;
      entries.push({ kind: "skipped", experiment: id, error });
    }
  }
  return entries;
}

/** Up to max_iterations_per_run runs of one experiment. */
async function visit(
  session: Session,
  id: string,
  lease: Lease,
  request: RunOnceRequest,
): Promise<RunOnceEntry[]> {
  const entries: RunOnceEntry[] = [];
  const { store } = session;
  for (;;) {
    const view = await store.view(id);
    const spec = specForTier(await store.spec(id), view.current_fidelity_tier);
    const runnable = view.phase === "queued" || view.phase === "active";
    const limit = Math.min(request.max_runs, spec.max_iterations_per_run);
    if (!runnable || entries.length >= limit || request.signal.aborted) break;
    const iteration = nextIteration(view, new Set());
    const done = await runOne(session, {
      experiment: id,
      mode: "scheduled",
      iteration,
      lease,
      sandbox: null,
      params: null,
      strategy: null,
      provenance: null,
      seed: null,
      revision: null,
      signal: request.signal,
    });
    if (!done.sealed) break;
    const { run_id, tier, role, report } = done;
    const { outcome, value, reason } = report;
    entries.push({ kind: "ran", experiment: id, run_id, tier, role, outcome, value, reason });
  }
  if ((await store.view(id)).phase === "completed" && entries.length > 0) {
    entries.push({ kind: "completed", experiment: id });
  }
  return entries;
}
