import { LabError } from "../domain/errors.ts";
import type { Outcome } from "../domain/types.ts";
import { dispatchedRuns, nextIteration } from "../reduce/experiment.ts";
import { rerunRule } from "../domain/spec/promotion.ts";
import type { Spec } from "../domain/spec/spec.ts";
import { specForTier } from "../domain/spec/tiers.ts";
import { eligible, isDue } from "../schedule/due.ts";
import type { Lease } from "../store/leases.ts";
import { outboxes } from "../store/outbox.ts";
import { takeAnswersIfAny } from "./take-answers-if-any.ts";
import { completeIfStopped } from "./complete-if-stopped.ts";
import { writeDigestIfAsked } from "./write-digest-if-asked.ts";
import { nothingLeft } from "./nothing-left.ts";
import { restoreLostRuns } from "./restore-lost-runs.ts";
import { runOne } from "./one-run.ts";
import type { RemoteRunner, RunOutcome, RunRequest } from "./run-request.ts";
import type { Session } from "./session.ts";
import { withLease } from "./with-lease.ts";

export interface RunOnceRequest {
  max_runs: number;
  /** Empty: any. */
  executor_classes: readonly string[];
  signal: AbortSignal;
  /** Has the runs executed elsewhere; here when left out. */
  remote?: RemoteRunner;
}

export type RunOnceEntry =
  /** Somebody else will execute it. */
  | { kind: "queued"; experiment: string; dispatch_id: string; tier: string; role: string }
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
  await restoreLostRuns(session);
  await takeAnswersIfAny(session);
  const entries: RunOnceEntry[] = [];
  const left = (): number =>
    request.max_runs -
    entries.filter((entry) => entry.kind === "ran" || entry.kind === "queued").length;
  const now = session.lab.clock.now();
  for (const { id } of eligible(session.store.rows(), now, request.executor_classes)) {
    if (left() <= 0 || request.signal.aborted) break;
    try {
      await withLease(session, id, "run-once", async (lease) => {
        await completeIfStopped(session, id);
        const row = await session.store.view(id);
        // Its last run is still with somebody else.
        if (!isDue(row, now) || dispatchedRuns(row).length > 0) return;
        const visited = await visit(session, id, lease, { ...request, max_runs: left() });
        entries.push(...visited);
        if (visited.length > 0) await writeDigestIfAsked(session, id);
      });
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      if (error.code === "lease-held") continue;
      entries.push({ kind: "skipped", experiment: id, error });
    }
  }
  await tellWhatWaits(session);
  return entries;
}

/** Of experiments that do not run any more, too. */
async function tellWhatWaits(session: Session): Promise<void> {
  if (outboxes(session.store.layout).length === 0) return;
  const { tellPending } = await import("./notify/pending.ts");
  await tellPending(session, null, { limit_ms: 5000, now: false });
}

type Common = Pick<RunRequest, "experiment" | "mode" | "iteration" | "lease" | "signal" | "remote">;

/** Up to max_iterations_per_run runs of one experiment. */
async function visit(
  session: Session,
  id: string,
  lease: Lease,
  request: RunOnceRequest,
): Promise<RunOnceEntry[]> {
  const entries: RunOnceEntry[] = [];
  const { store } = session;
  const whole = await store.spec(id);
  const classes = request.executor_classes.length > 0;
  const mayRun = (tier: string): boolean =>
    !classes || request.executor_classes.includes(specForTier(whole, tier).executor_class);
  for (;;) {
    const view = await store.view(id);
    const spec = specForTier(await store.spec(id), view.current_fidelity_tier);
    const runnable = view.phase === "queued" || view.phase === "active";
    const limit = Math.min(request.max_runs, spec.max_iterations_per_run);
    if (!runnable || entries.length >= limit || request.signal.aborted) break;
    const common = {
      experiment: id,
      mode: "scheduled" as const,
      iteration: nextIteration(view, new Set()),
      lease,
      signal: request.signal,
      ...(request.remote === undefined ? {} : { remote: request.remote }),
    };
    const done =
      spec.strategy === ""
        ? await runPlain(session, common, spec, mayRun)
        : await runTrial(session, common, spec.strategy, mayRun);
    if (done === null && !classes) await nothingLeft(session, id);
    if (done?.queued !== undefined) {
      const { queued: dispatch_id, tier, role } = done;
      entries.push({ kind: "queued", experiment: id, dispatch_id, tier, role });
    }
    if (done === null || !done.sealed) break;
    const { run_id, tier, role, report } = done;
    const { outcome, value, reason } = report;
    entries.push({ kind: "ran", experiment: id, run_id, tier, role, outcome, value, reason });
  }
  if ((await store.view(id)).phase === "completed" && entries.length > 0) {
    entries.push({ kind: "completed", experiment: id });
  }
  return entries;
}

/** One run without a strategy, or a promotion that is due. null: none may start. */
async function runPlain(
  session: Session,
  common: Common,
  spec: Spec,
  mayRun: (tier: string) => boolean,
): Promise<RunOutcome | null> {
  const view = await session.store.view(common.experiment);
  const tier = view.current_fidelity_tier;
  if (rerunRule(spec) !== null) {
    const { promotePlain } = await import("./promote-plain.ts");
    const promoted = await promotePlain(session, common, mayRun);
    if (promoted !== null) return promoted;
  }
  const runs = view.run_count_by_tier[tier] ?? 0;
  if (!mayRun(tier) || (spec.max_runs !== null && runs >= spec.max_runs)) return null;
  return runOne(session, { ...common, ...NO_TRIAL });
}

/** The executor alone decides what a run without a strategy tries. */
const NO_TRIAL = {
  sandbox: null,
  params: null,
  strategy: null,
  provenance: null,
  seed: null,
  revision: null,
};

/** A SPEC with a strategy searches on schedule: one iteration as in a burst. null: none may start. */
async function runTrial(
  session: Session,
  common: Common,
  strategy: string,
  mayRun: (tier: string) => boolean,
): Promise<RunOutcome | null> {
  // Loaded here only: strategies are most of the program, and few schedules search.
  const [{ openSearch }, { nextRun }, { askModelForRun }] = await Promise.all([
    import("./search.ts"),
    import("./next-run.ts"),
    import("./model/ask-model-for-run.ts"),
  ]);
  const search = await openSearch(
    session,
    { experiment: common.experiment, arms: [strategy], seed: null, search_space: null },
    common.lease,
  );
  try {
    const view = await session.store.view(common.experiment);
    const { iteration } = common;
    const passed = new Set<string>();
    const options = { iteration, running: [], passed, declined: [], skips: 0, mayRun };
    const chosen = nextRun(search, view, options);
    if (chosen === null) return null;
    const { signal = new AbortController().signal } = common;
    const signals = { soon: signal, now: signal };
    const next = await askModelForRun(session, search, chosen, { iteration, skips: 0, signals });
    const { pool, revision } = await search.lanes.of(next.tier);
    const sandbox = common.remote === undefined ? await pool.take() : null;
    return await runOne(session, {
      ...common,
      ...next.trial,
      tier: next.tier,
      sandbox,
      in_sandbox: true,
      seed: search.proposer.seed,
      revision,
    });
  } finally {
    await search.lanes.dispose();
  }
}
