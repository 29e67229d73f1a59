import type { CostView } from "./cost-view.ts";
import type { Finalized, TierAgreement, TierPairs } from "./tier-views.ts";
import type { Measurements } from "../domain/objectives.ts";
import type { AimsView } from "./pareto-front.ts";
import type { AgentView } from "./agent-view.ts";
import type { Direction, JsonValue, Outcome, Params, Phase, Priority } from "../domain/types.ts";
import type { FailureGroup, Notice, Trend } from "./watched.ts";

/** A sealed run as the readable projections quote it. */
export interface RunBrief {
  run_id: string;
  role: string;
  tier: string;
  outcome: Outcome;
  value: number | null;
  /** Every objective and constrained metric of the SPEC, when it has any. */
  objectives?: Measurements;
  iteration: number;
  completed_at: string;
  note: string;
  params: Params | null;
  strategy: string | null;
}

export interface RunningBrief {
  run_id: string;
  iteration: number;
  role: string;
  tier: string;
  lease_id: string;
  started_at: string;
  /** When its claim ends at the latest: its time budget is over. null when that is not known. */
  expires_at: string | null;
  /** The package by which somebody else executes it. */
  dispatch_id?: string;
}

/** Params that were handed out and not told yet. */
export interface AskedTrial {
  iteration: number;
  tier: string;
  params: Params;
  strategy: string;
  provenance: Params;
  seed: number;
  asked_at: string;
  expires_at: string;
  /** Its iteration is free again, for the same params. */
  expired: boolean;
}

/** Enqueued params, which run before any proposal. */
export interface QueuedTrial {
  params: Params;
  /** Where they came from; has a `fingerprint`. */
  provenance: Params;
}

/** What the trials of one strategy, an arm of a swarm, came to; over the whole experiment. */
export interface ArmView {
  name: string;
  trials: number;
  measured: number;
  /** How often one of its runs was better than everything before on its tier. */
  new_bests: number;
  time_ms: number;
  /** Its best run on the tier where it was measured last. */
  best: { run_id: string; tier: string; value: number } | null;
}

/** A run that was better than everything before on its tier. */
export interface Discovery {
  run_id: string;
  iteration: number;
  tier: string;
  strategy: string | null;
  value: number;
  /** The best before it; null for the first value of the tier. */
  previous: number | null;
  completed_at: string;
}

/** The last calibration of one tier. */
export interface NoiseBrief {
  pairs: number;
  mean: number;
  /** Standard deviation of one measurement. */
  sd: number;
  measured_at: string;
}

/**
 * The state of one experiment: the fold of its SPEC and events, and, as JSON, its STATUS.json.
 * Bounded in size however many runs there are, so folding one more event costs the same at run 10
 * and at run 100,000. Keys of the original keep their names and meaning.
 */
export interface ExperimentView extends AgentView, AimsView, CostView {
  schema_version: 1;
  id: string;
  phase: Phase;
  created_at: string;
  created_by: string;
  goal: string;
  metric: string;
  metric_direction: Direction;
  priority: Priority;
  autonomous: boolean;
  fidelity_tiers: string[];
  current_fidelity_tier: string;
  next_fidelity_tier: string | null;
  executor_class: string;
  run_count: number;
  run_count_by_tier: Record<string, number>;
  /** Highest iteration sealed so far. */
  last_iteration: number;
  /** Iterations below it that are not sealed: interrupted runs, to be run again first. */
  open_iterations: number[];
  /** Runs with a value. */
  measured_count: number;
  outcome_counts: Partial<Record<Outcome, number>>;
  interrupted_count: number;
  /** Of `run_count`, those that were not run here; they use up no budget. */
  imported_count: number;
  imported_failure_count: number;
  success_streak_by_tier: Record<string, number>;
  failure_streak: number;
  /** Best of the current tier, or else of the last tier that has one; tiers are never compared. */
  best_run: string | null;
  best_metric_value: number | null;
  best_run_by_tier: Record<string, string>;
  best_metric_by_tier: Record<string, number>;
  best_by_tier: Record<string, RunBrief>;
  /** Values seen per tier, for averages. */
  value_sum_by_tier: Record<string, number>;
  value_count_by_tier: Record<string, number>;
  last_run: string | null;
  last_run_at: string | null;
  last_outcome: Outcome | null;
  /** Consecutive measured runs that did not improve the best of their tier. */
  runs_since_best: number;
  first_run_at: string | null;
  run_time_ms: number;
  next_due_at: string | null;
  current_lease: string | null;
  current_dispatch: string | null;
  blocked_reason: string | null;
  tags: string[];
  estimated_runtime_minutes: number;
  notify: string;
  parent_experiment: string;
  known_good_config: JsonValue;
  /** Started and not yet sealed, oldest first. */
  running: RunningBrief[];
  /** By iteration; at most MAX_ASKED. */
  asked: AskedTrial[];
  /** Oldest first; at most MAX_QUEUED. */
  queued: QueuedTrial[];
  /** The last five sealed runs, oldest first. */
  recent_runs: RunBrief[];
  /** By first trial; at most MAX_ARMS. */
  arms: ArmView[];
  /** Oldest first; the last MAX_DISCOVERIES. */
  discoveries: Discovery[];
  /** The one seen last comes last; at most MAX_FAILURE_GROUPS. */
  failures: FailureGroup[];
  trend_by_tier: Record<string, Trend>;
  /** When it began to wait for a person; null while it does not. */
  waiting_since: string | null;
  /** Oldest first, the last MAX_NOTICES; none unless `notify` names somebody to tell. */
  notices: Notice[];
  /** A step a tier; absent until something was promoted. */
  tier_pairs?: TierPairs[];
  tier_agreement?: TierAgreement[];
  /** Absent before `finalize`. */
  finalized?: Finalized;
  /** Executor classes of all tiers that runs are promoted to; absent without such a rule. */
  executor_classes?: string[];
  /** How much the metric of the unchanged workspace varies, as `labctl calibrate` measured it. */
  noise_by_tier?: Record<string, NoiseBrief>;
  /** The action the next run should take. */
  baton: string;
  /** Time of the last event reflected here. */
  updated_at: string;
  spec_sha256: string;
  /** Exact length of metrics.jsonl at this state. */
  metrics_bytes: number;
  /** Byte position in the ledger just after the last event of this experiment. */
  ledger_end: number;
}

/** What LAB-INDEX.json keeps of an experiment: enough to schedule and to list. */
export type IndexRow = Pick<
  ExperimentView,
  | "id"
  | "goal"
  | "phase"
  | "priority"
  | "autonomous"
  | "current_fidelity_tier"
  | "next_fidelity_tier"
  | "fidelity_tiers"
  | "executor_class"
  | "metric"
  | "metric_direction"
  | "run_count"
  | "run_count_by_tier"
  | "measured_count"
  | "failure_streak"
  | "success_streak_by_tier"
  | "best_run"
  | "best_metric_value"
  | "best_run_by_tier"
  | "best_metric_by_tier"
  | "last_run"
  | "last_run_at"
  | "last_outcome"
  | "next_due_at"
  | "blocked_reason"
  | "current_lease"
  | "current_dispatch"
  | "running"
  | "tier_agreement"
  | "finalized"
  | "executor_classes"
  | "baton"
  | "cost_usd"
  | "cost_tokens"
  | "updated_at"
  | "spec_sha256"
  | "ledger_end"
>;

/** The whole lab at one position of the ledger: the content of LAB-INDEX.json. */
export interface LabView {
  /** Sorted by id. */
  experiments: IndexRow[];
  /** Time of the last event; "" for an empty lab. */
  updated_at: string;
  ledger_bytes: number;
  /** CRC-32 of the first `ledger_bytes` bytes of the ledger. */
  ledger_crc32: number;
  /** Lines among them that are not valid. */
  ledger_damaged_lines: number;
}
