import type { Space } from "../../domain/space.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { Direction, Outcome, Params, Phase, TrialRow } from "../../domain/types.ts";
import { openTickets } from "../tickets.ts";
import { openAsks } from "../trials.ts";
import type { ExperimentView } from "../views.ts";
import type { Ticket } from "../agent-view.ts";
import type { Cut, Cutter } from "./cuts.ts";
import { parameterLine } from "./parameter-line.ts";
import { budgetOf, plateauOf } from "./context-budget.ts";
import { bestOf, historyOf } from "./context-runs.ts";
import { type Noise, noiseOf } from "./noise.ts";
import type { Repeated } from "./repeated.ts";

/** All that is known of an experiment when its context is made. */
export interface ContextFacts {
  /** Resolved for the tier. */
  spec: Spec;
  view: ExperimentView;
  /** Every finished run, in ledger order. */
  rows: readonly TrialRow[];
  space: Space | null;
  kind: "params" | "code" | null;
  /** Who works on it now; null when nobody does. */
  holder: string | null;
  /** PROGRAM.md: what the human wants tried. */
  program: string;
  stops: StopRule[];
  baseline: Baseline | null;
  fingerprint: string;
  now: string;
}

/** What a candidate has to beat to be worth anything. */
export interface Baseline {
  value: number;
  run_id: string;
  source: "baseline_command" | "known_good_config";
}

/** Failed runs that failed alike. */
export interface ContextFailure {
  signature: string;
  count: number;
  last_run: string;
  example: string;
}

/** One reason to stop, and whether it holds. */
export interface StopRule {
  rule: string;
  met: boolean;
  /** Not met, but four fifths of the way. */
  near: boolean;
  /** Where it stands, its name included. */
  detail: string;
}

export interface ContextRun {
  run_id: string;
  iteration: number;
  outcome: Outcome;
  value: number | null;
  strategy: string | null;
  /** null when it had none, or when they are too long and stand in `params_text`. */
  params: Params | null;
  params_text?: string;
  hypothesis?: string;
}

/** What an agent needs to know before it acts: the data of `labctl context`. */
export interface AgentContext {
  experiment: {
    id: string;
    goal: string;
    phase: Phase;
    blocked_reason: string | null;
    kind: "params" | "code" | null;
    tier: string;
    tiers: string[];
  };
  metric: { name: string; direction: Direction; target: number | null };
  space: { parameters: Record<string, string>; constraints: string[] } | null;
  policy: { mutable: string[]; read_only: string[]; constraints: string[]; evaluator: string };
  noise: Noise | null;
  baseline: Baseline | null;
  best: (ContextRun & { tier: string; confidence: Repeated | null }) | null;
  counts: { runs: number; measured: number; outcomes: Partial<Record<Outcome, number>> };
  budget: {
    iterations: { used: number; reserved: number; max: number; left: number };
    run_hours: { used: number; max: number | null };
    usd: { used: number; max: number | null };
    minutes_per_run: number;
    until: string | null;
  };
  plateau: { level: "ok" | "warn" | "stuck"; runs_since_best: number; advice: string };
  stop: { should_stop: boolean; reason: string | null; rules: StopRule[] };
  history: { top: ContextRun[]; recent: ContextRun[]; failures: ContextFailure[] };
  lessons: { id: string; text: string; evidence: string[] }[];
  open: {
    tickets: Pick<Ticket, "ticket" | "kind" | "worker" | "expires_at">[];
    asked: number;
    enqueued: number;
    running: string[];
    holder: string | null;
  };
  program: string;
  baton: string;
  /** Of SPEC, evaluator and best: a ticket of another one is stale. */
  fingerprint: string;
  /** What was left out, and where it is. */
  cuts: Cut[];
}

/** The context as far as `cut` lets it grow. */
export function buildContext(facts: ContextFacts, cut: Cutter): AgentContext {
  const { spec, view } = facts;
  const show = `labctl show ${view.id} --json`;
  const { current_fidelity_tier, noise_by_tier = {} } = view;
  const isCalibrated = Object.hasOwn(noise_by_tier, current_fidelity_tier);
  const calibrated = isCalibrated ? noise_by_tier[current_fidelity_tier] : undefined;
  const noise = noiseOf(facts.rows, current_fidelity_tier, calibrated);
  const stopped = facts.stops.find((rule) => rule.met);
  const isOver = view.phase === "completed" || view.phase === "paused";
  return {
    experiment: {
      id: view.id,
      goal: cut.text("experiment.goal", spec.goal, 800, show),
      phase: view.phase,
      blocked_reason:
        view.blocked_reason === null
          ? null
          : cut.text("experiment.blocked_reason", view.blocked_reason, 300, show),
      kind: facts.kind,
      tier: cut.text("experiment.tier", view.current_fidelity_tier, 80, show),
      tiers: cut
        .list("experiment.tiers", view.fidelity_tiers, 8, show)
        .map((tier) => cut.text("experiment.tiers", tier, 80, show)),
    },
    metric: {
      name: cut.text("metric.name", spec.metric, 120, show),
      direction: spec.metric_direction,
      target: spec.stop_conditions.target ?? null,
    },
    space: spaceOf(facts.space, cut, show),
    policy: {
      mutable: paths("policy.mutable", spec.mutable_paths, cut, show),
      read_only: paths("policy.read_only", spec.read_only_paths, cut, show),
      constraints: cut
        .list("policy.constraints", spec.constraints, 10, show)
        .map((text) => cut.text("policy.constraints", text, 200, show)),
      evaluator: cut.text(
        "policy.evaluator",
        spec.validation_command || spec.executor_command,
        200,
        show,
      ),
    },
    noise,
    baseline: facts.baseline,
    best: bestOf(facts, noise, cut),
    counts: {
      runs: view.run_count,
      measured: view.measured_count,
      outcomes: view.outcome_counts,
    },
    budget: budgetOf(facts),
    plateau: plateauOf(spec, view),
    stop: {
      should_stop: isOver || view.phase === "awaiting-human" || stopped !== undefined,
      reason: stopped === undefined ? stopPhase(view, cut, show) : stopRule(stopped, cut, show),
      rules: cut.list("stop.rules", facts.stops, 12, show).map((rule) => ({
        ...rule,
        detail: cut.text("stop.rules", rule.detail, 160, show),
      })),
    },
    history: historyOf(facts, cut),
    lessons: cut
      .list("lessons", view.lessons.toReversed(), 12, `lessons.md of ${view.id}`)
      .map(({ id, text, evidence }) => ({
        id,
        text: cut.text("lessons.text", text, 300, `lessons.md of ${view.id}`),
        evidence: cut
          .list("lessons.evidence", evidence, 3, `lessons.md of ${view.id}`)
          .map((run) => cut.text("lessons.evidence", run, 120, `lessons.md of ${view.id}`)),
      })),
    open: {
      tickets: cut.list("open.tickets", openTickets(view, facts.now), 6, show).map((ticket) => ({
        ticket: ticket.ticket,
        kind: ticket.kind,
        worker: cut.text("open.tickets", ticket.worker, 60, show),
        expires_at: ticket.expires_at,
      })),
      asked: openAsks(view).length,
      enqueued: view.queued.length,
      running: cut.list(
        "open.running",
        view.running.map((run) => run.run_id),
        8,
        show,
      ),
      holder: facts.holder === null ? null : cut.text("open.holder", facts.holder, 160, show),
    },
    program: cut.lines("program", facts.program, 2000, "PROGRAM.md in the data root"),
    baton: cut.text("baton", view.baton, 400, `NEXT.md of ${view.id}`),
    fingerprint: facts.fingerprint,
    cuts: cut.cuts(),
  };
}

function paths(what: string, list: readonly string[], cut: Cutter, more: string): string[] {
  return cut.list(what, list, 24, more).map((path) => cut.text(what, path, 120, more));
}

function spaceOf(space: Space | null, cut: Cutter, more: string): AgentContext["space"] {
  if (space === null) return null;
  const parameters = cut
    .list("space.parameters", space.parameters, 40, more)
    .map((one): [string, string] => [
      cut.text("space.parameters", one.name, 80, more),
      cut.text("space.parameters", parameterLine(one), 160, more),
    ]);
  const constraints = (space.constraints ?? []).map(({ text }) => text);
  return {
    parameters: Object.fromEntries(parameters),
    constraints: cut
      .list("space.constraints", constraints, 10, more)
      .map((text) => cut.text("space.constraints", text, 160, more)),
  };
}

function stopRule({ detail }: StopRule, cut: Cutter, more: string): string {
  return cut.text("stop.reason", detail, 300, more);
}

function stopPhase(view: ExperimentView, cut: Cutter, more: string): string | null {
  if (view.phase === "queued" || view.phase === "active") return null;
  const why = view.blocked_reason === null ? "" : `: ${view.blocked_reason}`;
  return cut.text("stop.reason", `${view.phase}${why}`, 300, more);
}
