import type { Guard } from "../acceptance/config.ts";
import type { AcceptanceConfig } from "../acceptance/decide.ts";
import type { Notify } from "../notify.ts";
import type { Objective, OutputConstraint } from "../objectives.ts";
import type { PrunerConfig } from "../pruner-config.ts";
import type { Direction, JsonObject, JsonValue, Priority, WorkspaceMode } from "../types.ts";
import type { EngineOptions } from "./engine-kinds.ts";
import type { PromotionConfig } from "./promotion.ts";

export const PROMOTION_STRATEGIES = [
  "patch-only",
  "apply-on-accept",
  "git-apply-on-accept",
] as const;
export const FIDELITY_PROMOTION_RULES = ["manual", "after-success-streak"] as const;

/** What may call a person: `escalate_when`. */
export const ESCALATIONS = [
  "breakthrough_found",
  "blocked_on_external_access",
  "metric_regression_3_consecutive",
] as const;

/** Documents an experiment may ask for: `outputs`. */
export const OUTPUTS = ["daily_digest", "final_ranked_memo"] as const;

/**
 * A SPEC.yaml as the program uses it: parsed, checked, defaults filled in. Field names are the
 * file's own. An empty string means "not set".
 */
export interface Spec {
  id: string;
  mode: string;
  goal: string;
  metric: string;
  metric_direction: Direction;
  /** Empty, or two and more; the first is `metric` with its direction. */
  objectives: Objective[];
  /** Limits of what is measured: a run that breaks one is never best. */
  output_constraints: OutputConstraint[];
  priority: Priority;
  autonomous: boolean;
  /** `hourly`, `daily`, `weekly`, `every-N-minutes|hours|days`, minutes as text, or a cron expression (UTC). */
  cadence: string;
  /** May be a fraction. */
  time_budget_minutes: number;
  max_iterations_total: number;
  max_iterations_per_run: number;
  /** Absolute once created; "" when the experiment has none. */
  workspace_root: string;
  setup_command: string;
  baseline_command: string;
  executor_command: string;
  mutation_command: string;
  validation_command: string;
  /** Whether commands go through `sh -c`; otherwise they are split like a shell without running one. */
  shell: boolean;
  /** Variables of labctl's own environment that runs get, besides the usual ones; [] for all of it. */
  env_pass: string[];
  agent_provider: string;
  agent_model: string;
  agent_effort: string;
  agent_instruction_file: string;
  agent_base_url: string;
  agent_background: boolean;
  /** The program of provider `command`: reads a prompt from its standard input, answers on stdout. */
  agent_command: string;
  /** null: by the price list. */
  agent_price: AgentPrice | null;
  /** How long one call may take. */
  agent_timeout_seconds: number;
  acceptance_rule: string;
  /** How noise is told from improvement; null accepts whatever is strictly better. */
  acceptance: AcceptanceConfig | null;
  /** Bounds on metrics that a candidate reports. */
  guards: Guard[];
  promotion_strategy: (typeof PROMOTION_STRATEGIES)[number];
  workspace_mode: WorkspaceMode;
  require_clean_workspace: boolean;
  constraints: string[];
  read_only_paths: string[];
  mutable_paths: string[];
  ingress_files: string[];
  egress_files: string[];
  artifacts_expected: string[];
  worker_roles: string[];
  executor_class: string;
  /** Of one run; a worker gives it as many that no other run has. */
  gpus: number;
  /** What the worker must have, all of it. */
  worker_labels: string[];
  /** By engine; stronger than lab.yaml. */
  engine_options: EngineOptions;
  fidelity_tiers: string[];
  initial_fidelity_tier: string;
  fidelity_promotion_rule: (typeof FIDELITY_PROMOTION_RULES)[number];
  promote_after_successes: number;
  /** Which runs are run again on the next tier; null: none. */
  promote: PromotionConfig | null;
  /** The tier that `finalize` alone runs; "" when there is none. */
  locked_tier: string;
  /** Runs of a tier at most: `<tier>_max_runs`; null: as many as the experiment may have. */
  max_runs: number | null;
  /** `<tier>_<field>` overrides, by tier. */
  overrides: Record<string, Partial<ExecutionFields>>;
  stop_conditions: StopConditions;
  escalate_when: (typeof ESCALATIONS)[number][];
  outputs: (typeof OUTPUTS)[number][];
  tags: string[];
  notify: Notify;
  estimated_runtime_minutes: number;
  parent_experiment: string;
  known_good_config: JsonValue;
  /** Inline search space; null when it is read from `<workspace_root>/search_space.json`. */
  search_space: JsonObject | null;
  /** Search strategy of scheduled runs; "" proposes nothing. */
  strategy: string;
  /** Stops hopeless runs of a search by the intermediate values they report; null for none. */
  pruner: PrunerConfig | null;
  /** The user's own `x_*` fields, kept as they are. */
  extra: JsonObject;
}

export interface StopConditions {
  plateau_after_consecutive_low_signal_runs?: number;
  hard_stop_after_days?: number;
  target?: number;
  max_runs?: number;
  max_failures?: number;
  max_hours?: number;
  max_usd?: number;
  max_tokens?: number;
}

/** What a model costs: US dollars per million tokens, or for a whole call where nothing else is known. */
export interface AgentPrice {
  input_per_mtok?: number;
  output_per_mtok?: number;
  cached_per_mtok?: number;
  per_call?: number;
}

/** Fields a tier may override with `<tier>_<field>`. */
export const OVERRIDABLE_FIELDS = [
  "time_budget_minutes",
  "workspace_root",
  "setup_command",
  "baseline_command",
  "executor_command",
  "mutation_command",
  "validation_command",
  "shell",
  "env_pass",
  "agent_provider",
  "agent_model",
  "agent_effort",
  "agent_instruction_file",
  "agent_base_url",
  "agent_background",
  "agent_command",
  "agent_price",
  "agent_timeout_seconds",
  "acceptance_rule",
  "acceptance",
  "guards",
  "promotion_strategy",
  "workspace_mode",
  "require_clean_workspace",
  "constraints",
  "read_only_paths",
  "mutable_paths",
  "ingress_files",
  "egress_files",
  "artifacts_expected",
  "worker_roles",
  "executor_class",
  "gpus",
  "worker_labels",
  "engine_options",
  "priority",
  "cadence",
  "autonomous",
  "max_iterations_per_run",
] as const;

/** Fields that only a tier can have, as `<tier>_<field>`. */
export const TIER_FIELDS = ["max_runs"] as const;

export type ExecutionFields = Pick<
  Spec,
  (typeof OVERRIDABLE_FIELDS)[number] | (typeof TIER_FIELDS)[number]
>;
