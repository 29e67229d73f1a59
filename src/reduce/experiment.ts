import type { Calendar } from "../ports.ts";
import type { ExperimentAdopted, LabEvent, PhaseSet, RunSealed } from "../domain/events.ts";
import { isBetter } from "../domain/metric.ts";
import { isFeasible } from "../domain/objectives.ts";
import { notifyText } from "../domain/notify.ts";
import { phaseAfterRun } from "../domain/phase.ts";
import { nextDue } from "../domain/spec/cadence.ts";
import type { Spec } from "../domain/spec/spec.ts";
import { stopReason, type StopFacts } from "../domain/stop.ts";
import { rerunRule, streakRule } from "../domain/spec/promotion.ts";
import { nextTier, openTiers, specForTier } from "../domain/spec/tiers.ts";
import type { Outcome } from "../domain/types.ts";
import { foldReserved, foldSettled } from "./costs.ts";
import { aimsOf, foldFront } from "./fronts.ts";
import { foldArm, foldDiscovery } from "./arms.ts";
import { foldLesson } from "./lessons.ts";
import { escalationReason, foldTrend, forgetDeclines, stateBefore } from "./escalation.ts";
import { foldFailure } from "./failure-signature.ts";
import { foldNotice, momentOf } from "./notices.ts";
import { foldFinalizeFinished, foldFinalizeStarted, foldFinalScore } from "./finalized.ts";
import { foldPair } from "./tier-agreement.ts";
import { closeTicket, foldTicketIssued, settleTicket } from "./tickets.ts";
import { foldAsked, foldEnqueued, foldExpired, openAsks, settleTrial } from "./trials.ts";
import type { ExperimentView, RunBrief, RunningBrief } from "./views.ts";

/** An event that belongs to one experiment. */
export type ExperimentEvent = Exclude<LabEvent, { type: "lab_initialized" }>;

const FIRST_BATON = "Begin the first bounded iteration.";
const RECENT_RUNS = 5;

/** The view of an experiment that has a SPEC and no events yet. */
export function emptyView(spec: Spec, spec_sha256: string): ExperimentView {
  const tier = spec.initial_fidelity_tier;
  return {
    schema_version: 1,
    id: spec.id,
    phase: "queued",
    created_at: "",
    created_by: "labctl",
    goal: spec.goal,
    metric: spec.metric,
    metric_direction: spec.metric_direction,
    ...aimsOf(spec),
    priority: specForTier(spec, tier).priority,
    autonomous: specForTier(spec, tier).autonomous,
    fidelity_tiers: spec.fidelity_tiers,
    current_fidelity_tier: tier,
    next_fidelity_tier: nextTier(spec, tier),
    executor_class: specForTier(spec, tier).executor_class,
    run_count: 0,
    run_count_by_tier: {},
    last_iteration: 0,
    open_iterations: [],
    measured_count: 0,
    outcome_counts: {},
    interrupted_count: 0,
    imported_count: 0,
    imported_failure_count: 0,
    success_streak_by_tier: {},
    failure_streak: 0,
    best_run: null,
    best_metric_value: null,
    best_run_by_tier: {},
    best_metric_by_tier: {},
    best_by_tier: {},
    value_sum_by_tier: {},
    value_count_by_tier: {},
    last_run: null,
    last_run_at: null,
    last_outcome: null,
    runs_since_best: 0,
    first_run_at: null,
    run_time_ms: 0,
    next_due_at: null,
    current_lease: null,
    current_dispatch: null,
    blocked_reason: null,
    tags: spec.tags,
    estimated_runtime_minutes: spec.estimated_runtime_minutes,
    notify: notifyText(spec.notify),
    parent_experiment: spec.parent_experiment,
    known_good_config: spec.known_good_config,
    running: [],
    asked: [],
    queued: [],
    recent_runs: [],
    arms: [],
    discoveries: [],
    lessons: [],
    lesson_count: 0,
    failures: [],
    trend_by_tier: {},
    waiting_since: null,
    notices: [],
    cost_usd: 0,
    cost_tokens: 0,
    cost_calls: 0,
    cost_sources: {},
    open_calls: [],
    ...classesOf(spec),
    tickets: [],
    closed_tickets: [],
    baton: FIRST_BATON,
    updated_at: "",
    spec_sha256,
    metrics_bytes: 0,
    costs_bytes: 0,
    ledger_end: 0,
  };
}

/** Runs of all tiers are due together where they are promoted one by one. */
function classesOf(spec: Spec): Pick<ExperimentView, "executor_classes"> {
  if (rerunRule(spec) === null) return {};
  const classes = openTiers(spec).map((tier) => specForTier(spec, tier).executor_class);
  return { executor_classes: [...new Set(classes)] };
}

/**
 * Folds one event of this experiment into its view, in place. The cost does not depend on how many
 * events came before. Returns true when the event adds a row to
 * metrics.jsonl or costs.jsonl.
 */
export function foldEvent(
  view: ExperimentView,
  spec: Spec,
  event: ExperimentEvent,
  calendar: Calendar,
): boolean {
  if (event.ts > view.updated_at) view.updated_at = event.ts;
  const before = momentOf(view, event);
  const addsRow = applyEvent(view, spec, event, calendar);
  if (view.phase !== "awaiting-human") view.waiting_since = null;
  else if (before.phase !== "awaiting-human") view.waiting_since = event.ts;
  foldNotice(view, spec, event, before);
  return addsRow;
}

function applyEvent(
  view: ExperimentView,
  spec: Spec,
  event: ExperimentEvent,
  calendar: Calendar,
): boolean {
  switch (event.type) {
    case "experiment_created":
      // An id that is created again, after its folder was deleted, begins anew.
      delete view.tier_pairs;
      delete view.tier_agreement;
      delete view.finalized;
      Object.assign(view, emptyView(spec, view.spec_sha256));
      view.created_at = event.ts;
      view.updated_at = event.ts;
      return false;
    case "experiment_adopted":
      foldAdopted(view, spec, event);
      return false;
    case "phase_set":
      foldPhase(view, event);
      return false;
    case "fidelity_set":
      // A tier that the SPEC no longer has cannot be the current one.
      if (openTiers(spec).includes(event.tier)) moveToTier(view, spec, event.tier);
      return false;
    case "run_started":
      view.running.push({
        run_id: event.run_id,
        iteration: event.iteration,
        role: event.role,
        tier: event.tier,
        lease_id: event.lease_id,
        started_at: event.ts,
        expires_at: event.expires_at ?? null,
        ...(event.dispatch_id === undefined ? {} : { dispatch_id: event.dispatch_id }),
      });
      namesOfRunning(view);
      return false;
    case "run_interrupted":
      view.interrupted_count += 1;
      stopRunning(view, event.run_id);
      return false;
    case "trial_asked":
      foldAsked(view, event);
      return false;
    case "trial_expired":
      foldExpired(view, event);
      return false;
    case "trial_enqueued":
      foldEnqueued(view, event);
      return false;
    case "cost_reserved":
      foldReserved(view, event);
      return true;
    case "cost_settled":
      return foldSettled(view, event);
    case "lesson_noted":
      foldLesson(view, event);
      return false;
    case "noise_calibrated": {
      const { ts: measured_at, tier, pairs, mean, sd } = event;
      view.noise_by_tier = { ...view.noise_by_tier, [tier]: { pairs, mean, sd, measured_at } };
      return false;
    }
    case "finalize_started":
      foldFinalizeStarted(view, event);
      return false;
    case "finalize_finished":
      foldFinalizeFinished(view, event);
      return false;
    case "ticket_issued":
      foldTicketIssued(view, event);
      return false;
    case "ticket_closed":
      closeTicket(view, { ...event, run_id: null });
      return false;
    case "run_sealed":
      // A late owner and the one who restored the run from its bundle may both have recorded it.
      if (view.recent_runs.some((run) => run.run_id === event.run_id)) return false;
      foldSealed(view, spec, event, calendar);
      return true;
    default:
      return event satisfies never;
  }
}

function foldPhase(view: ExperimentView, event: PhaseSet): void {
  view.phase = event.phase;
  view.blocked_reason = event.phase === "active" ? null : event.reason;
  // A resumed experiment is due at once: somebody just asked for it.
  if (event.phase === "active") {
    view.next_due_at = null;
    forgetDeclines(view);
  }
}

/** A new tier starts a new streak, so an old one cannot promote again at once. */
function moveToTier(view: ExperimentView, spec: Spec, tier: string): void {
  const tierSpec = specForTier(spec, tier);
  view.current_fidelity_tier = tier;
  view.next_fidelity_tier = nextTier(spec, tier);
  view.executor_class = tierSpec.executor_class;
  view.priority = tierSpec.priority;
  view.autonomous = tierSpec.autonomous;
  view.success_streak_by_tier[tier] = 0;
  updateBest(view, spec);
}

function foldAdopted(view: ExperimentView, spec: Spec, event: ExperimentAdopted): void {
  view.created_at = event.created_at;
  view.created_by = "hermes-lab (Python)";
  view.phase = event.phase;
  view.failure_streak = event.failure_streak;
  view.next_due_at = event.next_due_at;
  view.blocked_reason = event.blocked_reason;
  if (openTiers(spec).includes(event.tier) && event.tier !== view.current_fidelity_tier) {
    moveToTier(view, spec, event.tier);
  }
}

function foldSealed(view: ExperimentView, spec: Spec, event: RunSealed, calendar: Calendar): void {
  stopRunning(view, event.run_id);
  settleTrial(view, event);
  settleTicket(view, event);
  const tierSpec = specForTier(spec, view.current_fidelity_tier);
  view.run_count += 1;
  increment(view.run_count_by_tier, event.tier);
  countIteration(view, event.iteration);
  view.outcome_counts[event.outcome] = (view.outcome_counts[event.outcome] ?? 0) + 1;
  view.run_time_ms += event.duration_ms;
  view.first_run_at ??= event.started_at;

  const brief = briefOf(event);
  const before = stateBefore(view, event.tier);
  const isImported = event.mode === "imported";
  if (isImported) countImported(view, event);
  else countStreaks(view, event);
  // Whatever a writer claims, only a success has a value.
  const value = event.outcome === "success" ? event.value : null;
  const feasible = value !== null && isFeasible(spec, event);
  const isNewBest = value !== null && foldValue(view, spec, event, value, brief, feasible);
  if (value !== null && feasible) foldTrend(view, event, value);
  if (value !== null) foldFront(view, spec, event, feasible);
  if (isFailure(event.outcome)) foldFailure(view, event);
  foldArm(view, event, value, isNewBest, feasible);
  rememberRecent(view, brief, event.next);
  // What was run elsewhere is history: it spends no budget and moves nothing here.
  if (isImported) return;

  const after = phaseAfterRun({
    phase: view.phase,
    blocked_reason: view.blocked_reason,
    mode: event.mode,
    run_count: ownRunCount(view),
    max_iterations_total: spec.max_iterations_total,
    stop: stopReason(spec, stopFacts(view), event.ts),
    escalation: escalationReason(spec, view, event, { value: feasible ? value : null, before }),
    failure_streak: view.failure_streak,
    autonomous: tierSpec.autonomous,
  });
  view.phase = after.phase;
  view.blocked_reason = after.blocked_reason;
  view.next_due_at =
    view.phase === "completed"
      ? null
      : nextDue(tierSpec.cadence, new Date(event.ts), calendar).toISOString();
  promoteAfterStreak(view, spec, event.tier);
}

/** What the SPEC's stop conditions are judged by. */
export function stopFacts(view: ExperimentView): StopFacts {
  const {
    failed = 0,
    timeout = 0,
    "invalid-metric": invalid = 0,
    void: refused = 0,
  } = view.outcome_counts;
  const failure_count = failed + timeout + invalid + refused - view.imported_failure_count;
  return { ...view, run_count: ownRunCount(view), failure_count };
}

/** Runs that count towards max_iterations_total: those that were not imported. */
export function ownRunCount(view: ExperimentView): number {
  return view.run_count - view.imported_count;
}

function stopRunning(view: ExperimentView, run_id: string): void {
  view.running = view.running.filter((run) => run.run_id !== run_id);
  namesOfRunning(view);
}

function namesOfRunning(view: ExperimentView): void {
  const here = view.running.filter((run) => run.dispatch_id === undefined);
  view.current_lease = here.at(-1)?.lease_id ?? null;
  view.current_dispatch = view.running.findLast((run) => run.dispatch_id)?.dispatch_id ?? null;
}

function countIteration(view: ExperimentView, iteration: number): void {
  view.open_iterations = view.open_iterations.filter((open) => open !== iteration);
  for (let open = view.last_iteration + 1; open < iteration; open += 1) {
    view.open_iterations.push(open);
  }
  view.last_iteration = Math.max(view.last_iteration, iteration);
}

/** The iteration the next run should have: the first that is neither sealed, asked nor `taken`. */
export function nextIteration(view: ExperimentView, taken: ReadonlySet<number>): number {
  for (const iteration of freeIterations(view)) if (!taken.has(iteration)) return iteration;
  throw new RangeError("there is always another iteration");
}

/** Iterations that are neither sealed, asked nor dispatched, lowest first, without end. */
export function* freeIterations(view: ExperimentView): Generator<number> {
  const away = new Set(
    [...openAsks(view), ...dispatchedRuns(view)].map((trial) => trial.iteration),
  );
  for (const open of view.open_iterations) if (!away.has(open)) yield open;
  for (let next = view.last_iteration + 1; ; next += 1) if (!away.has(next)) yield next;
}

/** Runs that somebody else executes: whoever holds the lease may come and go meanwhile. */
export function dispatchedRuns(view: Pick<ExperimentView, "running">): RunningBrief[] {
  return view.running.filter((run) => run.dispatch_id !== undefined);
}

/** Cancelled, lost and pruned runs say nothing about the experiment's health. */
function countStreaks(view: ExperimentView, event: RunSealed): void {
  if (isFailure(event.outcome)) {
    view.failure_streak += 1;
    view.success_streak_by_tier[event.tier] = 0;
  } else if (event.outcome === "success") {
    view.failure_streak = 0;
    increment(view.success_streak_by_tier, event.tier);
  }
}

function countImported(view: ExperimentView, event: RunSealed): void {
  view.imported_count += 1;
  if (isFailure(event.outcome)) view.imported_failure_count += 1;
}

function isFailure(outcome: Outcome): boolean {
  return (
    outcome === "failed" ||
    outcome === "timeout" ||
    outcome === "invalid-metric" ||
    outcome === "void"
  );
}

/** Returns whether the value is better than all before on its tier, which only a feasible one can be. */
function foldValue(
  view: ExperimentView,
  spec: Spec,
  event: RunSealed,
  value: number,
  brief: RunBrief,
  feasible: boolean,
): boolean {
  view.measured_count += 1;
  foldPair(view, event, value);
  foldFinalScore(view, event, value);
  increment(view.value_count_by_tier, event.tier);
  const sum = (view.value_sum_by_tier[event.tier] ?? 0) + value;
  // JSON has no Infinity; an average of such values means nothing anyway.
  view.value_sum_by_tier[event.tier] = Number.isFinite(sum)
    ? sum
    : Math.sign(sum) * Number.MAX_VALUE;
  const previous = view.best_metric_by_tier[event.tier] ?? null;
  // A verdict was reached against the best measured anew: luck of either does not count.
  const isBest =
    event.verdict === undefined
      ? isBetter(view.metric_direction, value, previous)
      : event.verdict === "accepted";
  const isNewBest = feasible && isBest;
  if (isNewBest) {
    foldDiscovery(view, event, value, previous);
    view.best_run_by_tier[event.tier] = event.run_id;
    view.best_metric_by_tier[event.tier] = value;
    view.best_by_tier[event.tier] = brief;
    view.runs_since_best = 0;
    updateBest(view, spec);
  } else if (event.mode !== "imported") {
    view.runs_since_best += 1;
  }
  return isNewBest;
}

/**
 * The best of the last tier that has one; but before that, of the current tier, where runs are not
 * promoted one by one. What `finalize` measured goes before everything.
 */
function updateBest(view: ExperimentView, spec: Spec): void {
  const isCurrentFirst = rerunRule(spec) === null;
  const current = isCurrentFirst ? [view.current_fidelity_tier] : [];
  const tiers = [spec.locked_tier, ...current, ...view.fidelity_tiers.toReversed()];
  const tier = tiers.find((name) => view.best_run_by_tier[name] !== undefined);
  view.best_run = tier === undefined ? null : (view.best_run_by_tier[tier] ?? null);
  view.best_metric_value = tier === undefined ? null : (view.best_metric_by_tier[tier] ?? null);
}

/** By time, because a run whose event was restored from its bundle comes late in the ledger. */
function rememberRecent(view: ExperimentView, brief: RunBrief, next: string): void {
  if (view.last_run_at === null || brief.completed_at >= view.last_run_at) {
    view.last_run = brief.run_id;
    view.last_run_at = brief.completed_at;
    view.last_outcome = brief.outcome;
    if (next !== "") view.baton = next;
  }
  view.recent_runs.push(brief);
  view.recent_runs.sort((a, b) => compareText(a.completed_at, b.completed_at));
  if (view.recent_runs.length > RECENT_RUNS) view.recent_runs.shift();
}

/** 0 for the same instant, so that runs which ended together stay in the order of the ledger. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function promoteAfterStreak(view: ExperimentView, spec: Spec, tier: string): void {
  const successes = streakRule(spec);
  if (successes === null) return;
  if (tier !== view.current_fidelity_tier || view.next_fidelity_tier === null) return;
  if ((view.success_streak_by_tier[tier] ?? 0) < successes) return;
  moveToTier(view, spec, view.next_fidelity_tier);
}

function briefOf(event: RunSealed): RunBrief {
  return {
    run_id: event.run_id,
    role: event.role,
    tier: event.tier,
    outcome: event.outcome,
    value: event.value,
    ...(event.objectives === undefined ? {} : { objectives: event.objectives }),
    iteration: event.iteration,
    completed_at: event.ts,
    note: event.note,
    params: event.params,
    strategy: event.strategy,
  };
}

function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
