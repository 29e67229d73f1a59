import * as fc from "fast-check";
import type { RunSealed } from "../../src/domain/events.ts";
import { NOTIFY_TOPICS } from "../../src/domain/notify.ts";
import { specDefaults } from "../../src/domain/spec/schema.ts";
import type { Spec } from "../../src/domain/spec/spec.ts";
import {
  DIRECTIONS,
  OUTCOMES,
  PHASES,
  PRIORITIES,
  type JsonObject,
  type JsonValue,
} from "../../src/domain/types.ts";
import { indexRow } from "../../src/reduce/lab-index.ts";
import type { ExperimentView, LabView, RunBrief } from "../../src/reduce/views.ts";

/** A measured run. */
export function sampleRun(over: Partial<RunBrief> = {}): RunBrief {
  return {
    run_id: "RUN-20260102-030405-000000-scout",
    role: "scout",
    tier: "proxy",
    outcome: "success",
    value: 0.5,
    iteration: 1,
    completed_at: "2026-01-02T03:04:06.000Z",
    note: "Measured score = 0.5 (maximize); the first value of tier proxy.",
    params: { lr: 0.01 },
    strategy: "random",
    ...over,
  };
}

/** An experiment of two tiers with a best run and a later failure. */
export function sampleView(over: Partial<ExperimentView> = {}): ExperimentView {
  const best = sampleRun();
  const failed = sampleRun({
    run_id: "RUN-20260102-040000-000000-critic",
    role: "critic",
    outcome: "failed",
    value: null,
    iteration: 2,
    completed_at: "2026-01-02T04:00:01.000Z",
    note: "The run failed and measured nothing: exit code 3",
  });
  return {
    schema_version: 1,
    id: "tune",
    phase: "active",
    created_at: "2026-01-02T03:00:00.000Z",
    created_by: "labctl",
    goal: "Raise the score",
    metric: "score",
    metric_direction: "maximize",
    priority: "normal",
    autonomous: true,
    fidelity_tiers: ["proxy", "final"],
    current_fidelity_tier: "proxy",
    next_fidelity_tier: "final",
    executor_class: "default",
    run_count: 2,
    run_count_by_tier: { proxy: 2 },
    last_iteration: 2,
    open_iterations: [],
    measured_count: 1,
    outcome_counts: { success: 1, failed: 1 },
    interrupted_count: 0,
    imported_count: 0,
    imported_failure_count: 0,
    success_streak_by_tier: { proxy: 0 },
    failure_streak: 1,
    best_run: best.run_id,
    best_metric_value: 0.5,
    best_run_by_tier: { proxy: best.run_id },
    best_metric_by_tier: { proxy: 0.5 },
    best_by_tier: { proxy: best },
    value_sum_by_tier: { proxy: 0.5 },
    value_count_by_tier: { proxy: 1 },
    last_run: failed.run_id,
    last_run_at: failed.completed_at,
    last_outcome: "failed",
    runs_since_best: 0,
    first_run_at: "2026-01-02T03:04:05.000Z",
    run_time_ms: 2000,
    next_due_at: "2026-01-02T04:10:01.000Z",
    current_lease: null,
    current_dispatch: null,
    blocked_reason: null,
    tags: [],
    estimated_runtime_minutes: 0,
    notify: "silent",
    parent_experiment: "",
    known_good_config: "",
    running: [],
    asked: [],
    queued: [],
    recent_runs: [best, failed],
    arms: [
      {
        name: "random",
        trials: 2,
        measured: 1,
        new_bests: 1,
        time_ms: 2000,
        best: { run_id: best.run_id, tier: "proxy", value: 0.5 },
      },
    ],
    discoveries: [
      {
        run_id: best.run_id,
        iteration: 1,
        tier: "proxy",
        strategy: "random",
        value: 0.5,
        previous: null,
        completed_at: best.completed_at,
      },
    ],
    lessons: [
      {
        id: "L1",
        text: "Above 0.1 it diverges",
        evidence: [failed.run_id],
        supersedes: null,
        worker: "scout",
        noted_at: "2026-01-02T04:00:01.000Z",
      },
    ],
    lesson_count: 1,
    failures: [
      {
        signature: "failed: exit code #",
        count: 1,
        last_run: failed.run_id,
        last_at: failed.completed_at,
        example: "exit code 3",
      },
    ],
    trend_by_tier: { proxy: { last: 0.5, worst: 0.5, values: 1, declines: 0 } },
    waiting_since: null,
    notices: [],
    cost_usd: 0.31,
    cost_tokens: 5200,
    cost_calls: 3,
    cost_sources: { reported: 0.01, assumed: 0.25 },
    open_calls: [{ call: "c-3", usd: 0.05, tokens: 4000, expires_at: "2026-01-02T05:00:00.000Z" }],
    tickets: [
      {
        ticket: "TK-20260102-040000-000000-00000000-tune",
        kind: "params",
        worker: "agent",
        tier: "proxy",
        basis: { spec: "00", evaluator: "11", best: best.run_id },
        suggested: null,
        issued_at: "2026-01-02T04:00:00.000Z",
        expires_at: "2026-01-02T05:00:00.000Z",
      },
    ],
    closed_tickets: [{ ticket: "TK-1", reason: "submitted", run_id: best.run_id }],
    baton: "Fix the import in train.py.",
    updated_at: "2026-01-02T04:00:01.000Z",
    spec_sha256: "ab".repeat(32),
    metrics_bytes: 400,
    costs_bytes: 120,
    ledger_end: 900,
    ...over,
  };
}

/** An experiment that was created and has not run. */
export function freshView(over: Partial<ExperimentView> = {}): ExperimentView {
  return sampleView({
    phase: "queued",
    run_count: 0,
    run_count_by_tier: {},
    last_iteration: 0,
    measured_count: 0,
    outcome_counts: {},
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
    first_run_at: null,
    run_time_ms: 0,
    recent_runs: [],
    arms: [],
    discoveries: [],
    lessons: [],
    lesson_count: 0,
    failures: [],
    trend_by_tier: {},
    cost_usd: 0,
    cost_tokens: 0,
    cost_calls: 0,
    cost_sources: {},
    open_calls: [],
    costs_bytes: 0,
    tickets: [],
    closed_tickets: [],
    baton: "",
    ...over,
  });
}

/** A lab of these experiments. */
export function sampleLab(...views: ExperimentView[]): LabView {
  return {
    experiments: views.map(indexRow),
    updated_at: views.length === 0 ? "" : "2026-01-02T04:00:01.000Z",
    ledger_bytes: 900,
    ledger_crc32: 3_735_928_559,
    ledger_damaged_lines: 0,
  };
}

/** The SPEC of `sampleView`, with the lists that the templates ship. */
export function sampleSpec(over: Partial<Spec> = {}): Spec {
  return {
    ...specDefaults(),
    id: "tune",
    mode: "autoresearch-loop",
    goal: "Raise the score",
    metric: "score",
    metric_direction: "maximize",
    objectives: [],
    output_constraints: [],
    priority: "normal",
    autonomous: true,
    cadence: "every-10-minutes",
    time_budget_minutes: 2.5,
    max_iterations_total: 20,
    max_iterations_per_run: 1,
    workspace_root: "/srv/project",
    setup_command: "",
    baseline_command: "",
    executor_command: "",
    mutation_command: "",
    validation_command: "python3 train.py",
    shell: false,
    agent_provider: "",
    agent_model: "",
    agent_effort: "",
    agent_instruction_file: "",
    agent_base_url: "",
    agent_background: false,
    agent_command: "",
    agent_price: null,
    agent_timeout_seconds: 300,
    acceptance_rule: "Keep the run if the primary metric improves",
    promotion_strategy: "patch-only",
    workspace_mode: "auto",
    require_clean_workspace: false,
    constraints: ["stay bounded"],
    read_only_paths: ["README.md"],
    mutable_paths: ["config.json"],
    ingress_files: [],
    egress_files: [],
    artifacts_expected: ["run.log"],
    worker_roles: ["scout", "critic"],
    executor_class: "default",
    fidelity_tiers: ["proxy", "final"],
    initial_fidelity_tier: "proxy",
    fidelity_promotion_rule: "manual",
    promote_after_successes: 2,
    overrides: {},
    stop_conditions: { max_failures: 4 },
    escalate_when: [],
    outputs: [],
    tags: [],
    notify: "silent",
    estimated_runtime_minutes: 0,
    parent_experiment: "",
    known_good_config: "",
    search_space: null,
    strategy: "",
    pruner: null,
    extra: {},
    ...over,
  };
}

/** The event of `sampleRun`. */
export function sampleSeal(over: Partial<RunSealed> = {}): RunSealed {
  return {
    type: "run_sealed",
    ts: "2026-01-02T03:04:06.000Z",
    experiment: "tune",
    run_id: "RUN-20260102-030405-000000-scout",
    iteration: 1,
    role: "scout",
    tier: "proxy",
    executor_class: "default",
    mode: "burst",
    outcome: "success",
    value: 0.5,
    metric: "score",
    source: "stdout",
    params: { lr: 0.01 },
    strategy: "random",
    provenance: null,
    started_at: "2026-01-02T03:04:05.000Z",
    duration_ms: 1000,
    note: "",
    next: "",
    seal_sha256: "",
    ...over,
  };
}

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("constructor", "toString", "a\nb", "`", "\u2028", "\ud800"),
);
const textOrNull = fc.option(text);
const count = fc.nat();
/** JSON has no -0: it reads back as 0. */
const finite = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => (value === 0 ? 0 : value));
const tier = fc.constantFrom("default", "proxy", "final", "constructor", "7", "a b");
const someParams = fc
  .dictionary(fc.string(), fc.oneof(finite, text, fc.boolean()))
  .map((entries): JsonObject => ({ ...entries }));
const params = fc.option(someParams);

const runBrief: fc.Arbitrary<RunBrief> = fc.record({
  run_id: text,
  role: text,
  tier,
  outcome: fc.constantFrom(...OUTCOMES),
  value: fc.option(finite),
  iteration: count,
  completed_at: text,
  note: text,
  params,
  strategy: textOrNull,
});

function byTier<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  return fc.dictionary(tier, value).map((entries) => ({ ...entries }));
}

/** Any view whose id is legal. */
export const anyView: fc.Arbitrary<ExperimentView> = fc.record({
  schema_version: fc.constant(1 as const),
  id: fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/),
  phase: fc.constantFrom(...PHASES),
  created_at: text,
  created_by: text,
  goal: text,
  metric: text,
  metric_direction: fc.constantFrom(...DIRECTIONS),
  priority: fc.constantFrom(...PRIORITIES),
  autonomous: fc.boolean(),
  fidelity_tiers: fc.array(tier),
  current_fidelity_tier: tier,
  next_fidelity_tier: fc.option(tier),
  executor_class: text,
  run_count: count,
  run_count_by_tier: byTier(count),
  last_iteration: count,
  open_iterations: fc.array(count),
  measured_count: count,
  outcome_counts: fc.dictionary(fc.constantFrom(...OUTCOMES), count).map((counts) => ({
    ...counts,
  })),
  interrupted_count: count,
  imported_count: count,
  imported_failure_count: count,
  success_streak_by_tier: byTier(count),
  failure_streak: count,
  best_run: textOrNull,
  best_metric_value: fc.option(finite),
  best_run_by_tier: byTier(text),
  best_metric_by_tier: byTier(finite),
  best_by_tier: byTier(runBrief),
  value_sum_by_tier: byTier(finite),
  value_count_by_tier: byTier(count),
  last_run: textOrNull,
  last_run_at: textOrNull,
  last_outcome: fc.option(fc.constantFrom(...OUTCOMES)),
  runs_since_best: count,
  first_run_at: textOrNull,
  run_time_ms: finite,
  next_due_at: textOrNull,
  current_lease: textOrNull,
  current_dispatch: textOrNull,
  blocked_reason: textOrNull,
  tags: fc.array(text),
  estimated_runtime_minutes: finite,
  notify: text,
  parent_experiment: text,
  known_good_config: fc.constantFrom<JsonValue[]>("", "lr=1", null, 1, { lr: [1, null] }),
  running: fc.array(
    fc.record({
      run_id: text,
      iteration: count,
      role: text,
      tier,
      lease_id: text,
      started_at: text,
      expires_at: textOrNull,
    }),
    { maxLength: 3 },
  ),
  asked: fc.array(
    fc.record({
      iteration: count,
      tier,
      params: someParams,
      strategy: text,
      provenance: someParams,
      seed: count,
      asked_at: text,
      expires_at: text,
      expired: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  queued: fc.array(fc.record({ params: someParams, provenance: someParams }), { maxLength: 3 }),
  recent_runs: fc.array(runBrief, { maxLength: 5 }),
  arms: fc.array(
    fc.record({
      name: text,
      trials: count,
      measured: count,
      new_bests: count,
      time_ms: finite,
      best: fc.option(fc.record({ run_id: text, tier, value: finite })),
    }),
    { maxLength: 3 },
  ),
  lessons: fc.array(
    fc.record({
      id: text,
      text,
      evidence: fc.array(text, { maxLength: 2 }),
      supersedes: fc.option(text),
      worker: text,
      noted_at: text,
    }),
    { maxLength: 2 },
  ),
  lesson_count: fc.nat(),
  tickets: fc.array(
    fc.record({
      ticket: text,
      kind: fc.constantFrom("params" as const, "code" as const),
      worker: text,
      tier,
      basis: fc.record({ spec: text, evaluator: text, best: textOrNull }),
      suggested: fc.option(
        fc.record({
          params: someParams,
          strategy: text,
          provenance: someParams,
          seed: count,
          iteration: count,
        }),
      ),
      issued_at: text,
      expires_at: text,
    }),
    { maxLength: 2 },
  ),
  closed_tickets: fc.array(
    fc.record({
      ticket: text,
      reason: fc.constantFrom("submitted" as const, "expired" as const, "stale" as const),
      run_id: textOrNull,
    }),
    { maxLength: 2 },
  ),
  discoveries: fc.array(
    fc.record({
      run_id: text,
      iteration: count,
      tier,
      strategy: textOrNull,
      value: finite,
      previous: fc.option(finite),
      completed_at: text,
    }),
    { maxLength: 3 },
  ),
  failures: fc.array(
    fc.record({ signature: text, count, last_run: text, last_at: text, example: text }),
    { maxLength: 3 },
  ),
  trend_by_tier: byTier(
    fc.record({ last: fc.option(finite), worst: finite, values: count, declines: count }),
  ),
  waiting_since: textOrNull,
  notices: fc.array(
    fc.record({
      position: count,
      at: text,
      topics: fc.subarray([...NOTIFY_TOPICS]),
      run_id: textOrNull,
      value: fc.option(finite),
      previous: fc.option(finite),
      phase: fc.constantFrom(...PHASES),
      reason: text,
    }),
    { maxLength: 3 },
  ),
  cost_usd: fc.nat(),
  cost_tokens: fc.nat(),
  cost_calls: fc.nat(),
  cost_sources: fc.record({ priced: fc.nat() }),
  open_calls: fc.array(
    fc.record({ call: text, usd: fc.nat(), tokens: fc.nat(), expires_at: text }),
    { maxLength: 2 },
  ),
  baton: text,
  updated_at: text,
  spec_sha256: text,
  metrics_bytes: count,
  costs_bytes: count,
  ledger_end: count,
});

/** Any lab, sorted by id as a LabView is. */
export const anyLab: fc.Arbitrary<LabView> = fc.record({
  experiments: fc
    .uniqueArray(anyView, { selector: (view) => view.id, maxLength: 6 })
    .map((views) => views.map(indexRow).toSorted((a, b) => (a.id < b.id ? -1 : 1))),
  updated_at: text,
  ledger_bytes: count,
  ledger_crc32: fc.integer({ min: 0, max: 0xffff_ffff }),
  ledger_damaged_lines: fc.nat(),
});
