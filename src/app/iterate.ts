import { sameJson } from "../domain/canonical-json.ts";
import { LabError } from "../domain/errors.ts";
import type { Space } from "../domain/space.ts";
import type { PrunerConfig } from "../domain/pruner-config.ts";
import { isPromotion } from "../domain/promoted.ts";
import type { Direction, Outcome, Params, RunMode } from "../domain/types.ts";
import { nextIteration, ownRunCount } from "../reduce/experiment.ts";
import type { ExperimentView } from "../reduce/views.ts";
import type { IntermediateValue } from "../run/reports.ts";
import type { Sandbox } from "../run/sandbox.ts";
import type { UnderWay } from "../schedule/tier-plan.ts";
import type { Lease } from "../store/leases.ts";
import { takeAnswersIfAny } from "./take-answers-if-any.ts";
import { assertRunnable } from "./assert-runnable.ts";
import { completeIfStopped } from "./complete-if-stopped.ts";
import { writeDigestIfAsked } from "./write-digest-if-asked.ts";
import { dispatchedTrials } from "./dispatch/dispatched-trials.ts";
import { expireAsks } from "./expire-asks.ts";
import { restoreLostRuns } from "./restore-lost-runs.ts";
import { runOne } from "./one-run.ts";
import type { RemoteRunner, RunOutcome, RunRequest } from "./run-request.ts";
import type { Lane } from "./lanes.ts";
import { keptReports } from "./pruning.ts";
import { nextRun, type NextRun } from "./next-run.ts";
import { nothingLeft } from "./nothing-left.ts";
import { askModelForRun } from "./model/ask-model-for-run.ts";
import type { NextTrial } from "./proposer.ts";
import type { SearchRequest } from "./open-proposer.ts";
import { warnOfMisfits } from "./queued-trial.ts";
import { openSearch } from "./search.ts";
import type { Session } from "./session.ts";
import { withLease } from "./with-lease.ts";

export interface IterateRequest extends SearchRequest {
  mode: Extract<RunMode, "burst" | "guided" | "swarm">;
  iterations: number;
  jobs: number;
  /** Who asks, for the message that others get while the lease is held; "" for nobody. */
  worker: string;
  /** Only checked: the direction belongs to the SPEC. */
  direction: Direction | null;
  pause_ms: number;
  /** Overrules the pruner of the SPEC; null is none. */
  pruner?: PrunerConfig | null;
  /** Goes on although nothing was ever measured. */
  keep_going: boolean;
  /** Has the runs executed elsewhere; here when left out. */
  remote?: RemoteRunner;
  /** Aborted once: start nothing more. */
  stopSoon: AbortSignal;
  /** Aborted: stop what is running too; it will be run again. */
  stopNow: AbortSignal;
  /** Asked before each run of `guided`. */
  review?: (proposal: Proposed) => Promise<Review>;
  onStart?: (state: { view: ExperimentView; seed: number }) => void;
  onIteration?: (done: IterationDone) => void;
}

/** What a person is asked about, with what there is to know about it. */
export interface Proposed extends NextTrial {
  iteration: number;
  tier: string;
  view: ExperimentView;
  space: Space;
}

export type Review =
  | { kind: "run"; params: Params }
  | { kind: "skip" }
  | { kind: "stop" }
  /** Nobody answered in time. */
  | { kind: "unanswered"; id: string };

/** Strategy of params that a person put in place of a proposal. */
const EDITED = "edited";

export interface IterationDone {
  /** Position in this call, from 1. */
  position: number;
  iteration: number;
  run_id: string;
  tier: string;
  outcome: Outcome;
  value: number | null;
  /** Strictly better than everything before on this tier. */
  accepted: boolean;
  strategy: string;
  params: Params;
  reason: string;
  duration_ms: number;
  /** Best of the tier after this run. */
  best: number | null;
}

/** Why iterating ended. */
export type StopReason =
  | "iterations-done"
  | "completed"
  | "paused"
  | "awaiting-human"
  | "interrupted"
  | "evaluator-broken"
  | "declined"
  | "unanswered"
  | "tier-changed"
  /** No tier may have another run until somebody tells an asked trial or agrees to a promotion. */
  | "nothing-left"
  | "no-proposal";

export interface IterateReport {
  experiment: string;
  mode: RunMode;
  stopped: StopReason;
  done: IterationDone[];
  view: ExperimentView;
  seed: number;
  /** Of `no-proposal`: why a model gave none; it used up no iteration. */
  no_proposal: LabError | null;
}

/** So many runs without a single measurement ever: the evaluator, not the params, is at fault. */
const HOPELESS_AFTER = 5;
const FLUSH_EVERY_MS = 500;

/**
 * The loop of burst, guided and swarm: propose, run in a sandbox, seal, learn; up to `jobs` runs at
 * once. Everything it knows comes from the history, so calling it again continues where the last
 * call ended, however that was.
 */
export async function iterate(session: Session, request: IterateRequest): Promise<IterateReport> {
  const { experiment, mode } = request;
  await restoreLostRuns(session);
  await takeAnswersIfAny(session);
  const view = await session.store.view(experiment);
  const spec = await session.store.spec(experiment);
  if (request.direction !== null && request.direction !== spec.metric_direction) {
    throw new LabError(
      "usage",
      `--direction ${request.direction} contradicts the SPEC, which says metric_direction: ${spec.metric_direction}`,
      { hint: "leave --direction out, or change metric_direction in SPEC.yaml" },
    );
  }
  assertRunnable(view);
  const holder = request.worker === "" ? mode : `${mode} by ${request.worker}`;
  return withLease(session, experiment, holder, async (lease) => {
    await completeIfStopped(session, experiment);
    await expireAsks(session, experiment);
    const done: IterationDone[] = [];
    let started = 0;
    for (;;) {
      // One search has one tier: after a promotion a new one begins with what is left.
      const search = await searchTier(session, request, lease, done, started);
      started = search.started;
      if (search.stopped === "tier-changed" && started < request.iterations) continue;
      if (done.length > 0) await writeDigestIfAsked(session, experiment);
      return { experiment, mode, done, view: await session.store.view(experiment), ...search };
    }
  });
}

async function searchTier(
  session: Session,
  request: IterateRequest,
  lease: Lease,
  done: IterationDone[],
  startedBefore: number,
): Promise<Pick<IterateReport, "stopped" | "seed" | "no_proposal"> & { started: number }> {
  const { store, lab } = session;
  const { experiment } = request;
  let view = await store.view(experiment);
  assertRunnable(view);
  const search = await openSearch(session, request, lease);
  const { spec, tier, space, proposer, plan, lanes } = search;
  warnOfMisfits(session, view, space);
  const running = new Map<number, { run: UnderWay; finished: Promise<void> }>();
  /** Keys of queued trials that were started or turned down. */
  const passed = new Set<string>();
  const declinedPromotions: UnderWay[] = [];
  let started = startedBefore;
  let skips = 0;
  let declined: StopReason | null = null;
  let no_proposal: LabError | null = null;
  const failures: unknown[] = [];
  let lastFlush = lab.clock.monotonic_ms();

  function stopReason(): StopReason | null {
    if (request.stopSoon.aborted || request.stopNow.aborted) return "interrupted";
    if (declined !== null) return declined;
    if (no_proposal !== null) return "no-proposal";
    if (view.phase === "completed") return "completed";
    if (view.phase === "paused" || view.phase === "awaiting-human") return view.phase;
    if (view.current_fidelity_tier !== tier) return "tier-changed";
    // Imported values say nothing about this evaluator.
    const imported = view.imported_count - view.imported_failure_count;
    const hopeless = done.length >= HOPELESS_AFTER && view.measured_count === imported;
    if (hopeless && !request.keep_going) return "evaluator-broken";
    return null;
  }

  function mayStart(): boolean {
    return (
      started < request.iterations &&
      running.size < request.jobs &&
      // The last runs the SPEC allows may be under way. A resumed experiment that has had them
      // all still gets one: somebody asked for it.
      (running.size === 0 || ownRunCount(view) + running.size < spec.max_iterations_total)
    );
  }

  /** null when nothing may start before a run ends. */
  function choose(iteration: number): NextRun | null {
    return nextRun(search, view, {
      iteration,
      running: [...running.values()].map(({ run }) => run),
      passed,
      declined: declinedPromotions,
      skips,
    });
  }

  /** null when there is nothing to run: a model did not answer, or took so long that all is over. */
  async function propose(iteration: number, chosen: NextRun): Promise<NextRun | null> {
    if (chosen.for_model === undefined) return chosen;
    const signals = { soon: request.stopSoon, now: request.stopNow };
    try {
      const asked = await askModelForRun(session, search, chosen, { iteration, skips, signals });
      return stopReason() === null ? asked : null;
    } catch (error) {
      if (!(error instanceof LabError) || error.code === "bug") throw error;
      if (stopReason() !== "interrupted") no_proposal = error;
      return null;
    }
  }

  async function start(iteration: number, chosen: NextRun): Promise<void> {
    if (chosen.key !== null) passed.add(chosen.key);
    let next = chosen;
    const { trial } = chosen;
    if (request.review !== undefined) {
      const proposed = { ...trial, iteration, tier: chosen.tier, view, space: search.space };
      const verdict = await request.review(proposed);
      const isEdited = verdict.kind === "run" && !sameJson(verdict.params, trial.params);
      const isPromoted = isPromotion(trial);
      if (isPromoted && (isEdited || verdict.kind === "skip")) {
        declinedPromotions.push({ ...trial, tier: chosen.tier, iteration: 0 });
      } else if (verdict.kind === "skip" && chosen.key === null) skips += 1;
      if (verdict.kind === "stop") declined = "declined";
      if (verdict.kind === "unanswered") declined = "unanswered";
      if (verdict.kind !== "run") return;
      if (isEdited) {
        // Measured nowhere before, and made by no strategy, so none may take it for its own.
        const provenance = { action: EDITED, of: trial.strategy };
        const edited = { params: verdict.params, strategy: EDITED, provenance };
        next = { tier: chosen.tier, key: chosen.key, trial: edited };
      }
    }
    const lane = await lanes.of(chosen.tier);
    const sandbox = request.remote === undefined ? await lane.pool.take() : null;
    track(iteration, next.tier, next.trial, runTrial(iteration, next, lane, sandbox));
  }

  function track(iteration: number, on: string, trial: NextTrial, run: Promise<void>): void {
    const { params, provenance } = trial;
    const finished = run
      .catch((error: unknown) => {
        failures.push(error);
      })
      .finally(() => running.delete(iteration));
    running.set(iteration, { run: { iteration, tier: on, params, provenance }, finished });
  }

  /** Runs that an earlier burst dispatched are waited for like our own. */
  async function adopt(remote: RemoteRunner): Promise<void> {
    for (const { brief, trial } of await dispatchedTrials(session, view)) {
      const { iteration } = brief;
      const lane = await lanes.of(brief.tier);
      const common = { experiment, signal: request.stopNow, ...reporting(iteration, lane) };
      const run = remote
        .adopt(session, brief, common)
        .then((outcome) => take(iteration, trial, lane, outcome));
      track(iteration, brief.tier, trial, run);
    }
  }

  function reporting(iteration: number, { pruning }: Lane): Pick<RunRequest, "onReports"> {
    if (pruning === null) return {};
    return { onReports: (fresh: readonly IntermediateValue[]) => pruning.report(iteration, fresh) };
  }

  async function runTrial(
    iteration: number,
    { tier: runTier, trial, proposed_with }: NextRun,
    lane: Lane,
    sandbox: Sandbox | null,
  ): Promise<void> {
    const outcome = await runOne(session, {
      ...trial,
      experiment,
      mode: request.mode,
      iteration,
      tier: runTier,
      lease,
      sandbox,
      in_sandbox: true,
      seed: proposer.seed,
      revision: lane.revision,
      ...(request.remote === undefined ? {} : { remote: request.remote }),
      ...(proposed_with === undefined ? {} : { proposed_with }),
      signal: request.stopNow,
      ...reporting(iteration, lane),
    });
    if (sandbox !== null) lane.pool.giveBack(sandbox);
    await take(iteration, trial, lane, outcome);
  }

  /** Learns from a run that has ended. */
  async function take(
    iteration: number,
    trial: NextTrial,
    { pruning }: Lane,
    outcome: RunOutcome,
  ): Promise<void> {
    pruning?.ended(iteration, outcome.report);
    view = await store.view(experiment);
    if (!outcome.sealed) return;
    const { outcome: ending, value, objectives, reports, duration_ms } = outcome.report;
    const { run_id } = outcome;
    const { mode } = request;
    const run = { ...trial, run_id, iteration, tier: outcome.tier, mode, outcome: ending, value };
    const others = objectives === undefined ? {} : { objectives };
    proposer.learn({ ...run, ...others, ...keptReports(reports), duration_ms });
    plan.learn({ ...run, ...others });
    const finished = iterationDone(done.length + 1, iteration, trial, outcome, view);
    done.push(finished);
    request.onIteration?.(finished);
    if (lab.clock.monotonic_ms() - lastFlush > FLUSH_EVERY_MS) {
      await store.flush();
      lastFlush = lab.clock.monotonic_ms();
    }
  }

  request.onStart?.({ view, seed: proposer.seed });
  try {
    if (request.remote !== undefined) await adopt(request.remote);
    while (failures.length === 0) {
      const iteration = nextIteration(view, new Set(running.keys()));
      const chosen = stopReason() === null && mayStart() ? choose(iteration) : null;
      if (chosen !== null) {
        const proposed = await propose(iteration, chosen);
        if (proposed === null) continue;
        started += 1;
        await start(iteration, proposed);
        if (request.pause_ms > 0) await pause(request.pause_ms, request.stopSoon);
      } else if (running.size > 0) {
        await Promise.race([...running.values()].map((run) => run.finished));
      } else {
        break;
      }
    }
    await Promise.all([...running.values()].map((run) => run.finished));
  } finally {
    await lanes.dispose();
  }
  if (failures.length > 0) throw failures[0];
  if (stopReason() === null && mayStart()) {
    if (declinedPromotions.length === 0) await nothingLeft(session, experiment);
    view = await store.view(experiment);
    const stopped = stopReason() ?? "nothing-left";
    return { stopped, seed: proposer.seed, started, no_proposal };
  }
  const stopped = stopReason() ?? "iterations-done";
  return { stopped, seed: proposer.seed, started, no_proposal };
}

function iterationDone(
  position: number,
  iteration: number,
  trial: NextTrial,
  { report, run_id, tier }: RunOutcome,
  view: ExperimentView,
): IterationDone {
  return {
    position,
    iteration,
    run_id,
    tier,
    outcome: report.outcome,
    value: report.value,
    accepted: view.best_run_by_tier[tier] === run_id,
    strategy: trial.strategy,
    params: trial.params,
    reason: report.reason,
    duration_ms: report.duration_ms,
    best: view.best_metric_by_tier[tier] ?? null,
  };
}

/** Waits, or returns at once when `signal` aborts. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
