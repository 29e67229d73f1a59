import * as v from "valibot";
import { NOTIFY_TOPICS } from "../domain/notify.ts";
import { agentEntries } from "./agent-view.ts";
import {
  DIRECTIONS,
  OUTCOMES,
  PHASES,
  PRIORITIES,
  type JsonObject,
  type JsonValue,
  type Outcome,
} from "../domain/types.ts";
import { costEntries } from "./cost-view.ts";
import { aimsEntries, measurements } from "./pareto-front.ts";
import type {
  ArmView,
  AskedTrial,
  Discovery,
  ExperimentView,
  NoiseBrief,
  QueuedTrial,
  RunBrief,
  RunningBrief,
} from "./views.ts";
import { tierViewEntries } from "./tier-views.ts";
import type { FailureGroup, Notice, Trend } from "./watched.ts";

/**
 * Checks of views read back from files. Records are checked by `v.custom` because valibot's own
 * record silently skips keys such as `constructor`, which is a legal tier name, and because a lab
 * of 500 experiments is checked at every start.
 */

/** Whether a value that came out of JSON.parse is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is a whole number from 0 on. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Whether a value is a finite number. */
export function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** Whether a value is text. */
export function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isOutcome(value: unknown): value is Outcome {
  return OUTCOMES.some((outcome) => outcome === value);
}

function recordOf<T>(isValue: (value: unknown) => value is T): v.GenericSchema<Record<string, T>> {
  return v.custom<Record<string, T>>(
    (value) => isJsonObject(value) && Object.values(value).every(isValue),
  );
}

const text = v.string();
const textOrNull = v.nullable(text);
const texts = v.array(text);
const count = v.custom<number>(isCount);
const finite = v.custom<number>(isFiniteNumber);

const noiseBrief = v.strictObject({
  pairs: count,
  mean: finite,
  sd: finite,
  measured_at: text,
}) satisfies v.GenericSchema<NoiseBrief>;

const runBrief = v.strictObject({
  run_id: text,
  role: text,
  tier: text,
  outcome: v.picklist(OUTCOMES),
  value: v.nullable(finite),
  objectives: v.exactOptional(measurements),
  iteration: count,
  completed_at: text,
  note: text,
  params: v.nullable(v.custom<JsonObject>(isJsonObject)),
  strategy: textOrNull,
}) satisfies v.GenericSchema<RunBrief>;

const runningBrief = v.strictObject({
  run_id: text,
  iteration: count,
  role: text,
  tier: text,
  lease_id: text,
  started_at: text,
  expires_at: textOrNull,
  dispatch_id: v.exactOptional(text),
}) satisfies v.GenericSchema<RunningBrief>;

const object = v.custom<JsonObject>(isJsonObject);

const askedTrial = v.strictObject({
  iteration: count,
  tier: text,
  params: object,
  strategy: text,
  provenance: object,
  seed: finite,
  asked_at: text,
  expires_at: text,
  expired: v.boolean(),
}) satisfies v.GenericSchema<AskedTrial>;

const queuedTrial = v.strictObject({
  params: object,
  provenance: object,
}) satisfies v.GenericSchema<QueuedTrial>;

const arm = v.strictObject({
  name: text,
  trials: count,
  measured: count,
  new_bests: count,
  time_ms: finite,
  best: v.nullable(v.strictObject({ run_id: text, tier: text, value: finite })),
}) satisfies v.GenericSchema<ArmView>;

const discovery = v.strictObject({
  run_id: text,
  iteration: count,
  tier: text,
  strategy: textOrNull,
  value: finite,
  previous: v.nullable(finite),
  completed_at: text,
}) satisfies v.GenericSchema<Discovery>;

const failureGroup = v.strictObject({
  signature: text,
  count,
  last_run: text,
  last_at: text,
  example: text,
}) satisfies v.GenericSchema<FailureGroup>;

const trend = v.strictObject({
  last: v.nullable(finite),
  worst: finite,
  values: count,
  declines: count,
}) satisfies v.GenericSchema<Trend>;

const notice = v.strictObject({
  position: count,
  at: text,
  topics: v.array(v.picklist(NOTIFY_TOPICS)),
  run_id: textOrNull,
  value: v.nullable(finite),
  previous: v.nullable(finite),
  phase: v.picklist(PHASES),
  reason: text,
}) satisfies v.GenericSchema<Notice>;

/** One check a key of ExperimentView, in the order in which STATUS.json shows them. */
export const viewEntries = {
  schema_version: v.literal(1),
  id: text,
  phase: v.picklist(PHASES),
  created_at: text,
  created_by: text,
  goal: text,
  metric: text,
  metric_direction: v.picklist(DIRECTIONS),
  priority: v.picklist(PRIORITIES),
  autonomous: v.boolean(),
  fidelity_tiers: texts,
  current_fidelity_tier: text,
  next_fidelity_tier: textOrNull,
  executor_class: text,
  run_count: count,
  run_count_by_tier: recordOf(isCount),
  last_iteration: count,
  open_iterations: v.array(count),
  measured_count: count,
  outcome_counts: v.custom<Partial<Record<Outcome, number>>>(
    (value) =>
      isJsonObject(value) &&
      Object.entries(value).every(([key, runs]) => isOutcome(key) && isCount(runs)),
  ),
  interrupted_count: count,
  imported_count: count,
  imported_failure_count: count,
  success_streak_by_tier: recordOf(isCount),
  failure_streak: count,
  best_run: textOrNull,
  best_metric_value: v.nullable(finite),
  best_run_by_tier: recordOf(isString),
  best_metric_by_tier: recordOf(isFiniteNumber),
  best_by_tier: recordOf((value) => v.is(runBrief, value)),
  ...aimsEntries,
  value_sum_by_tier: recordOf(isFiniteNumber),
  value_count_by_tier: recordOf(isCount),
  last_run: textOrNull,
  last_run_at: textOrNull,
  last_outcome: v.nullable(v.picklist(OUTCOMES)),
  runs_since_best: count,
  first_run_at: textOrNull,
  run_time_ms: finite,
  next_due_at: textOrNull,
  current_lease: textOrNull,
  current_dispatch: textOrNull,
  blocked_reason: textOrNull,
  tags: texts,
  estimated_runtime_minutes: finite,
  notify: text,
  parent_experiment: text,
  known_good_config: v.custom<JsonValue>((value) => value !== undefined),
  running: v.array(runningBrief),
  asked: v.array(askedTrial),
  queued: v.array(queuedTrial),
  recent_runs: v.array(runBrief),
  arms: v.array(arm),
  discoveries: v.array(discovery),
  failures: v.array(failureGroup),
  trend_by_tier: recordOf((value): value is Trend => v.is(trend, value)),
  waiting_since: textOrNull,
  notices: v.array(notice),
  noise_by_tier: v.exactOptional(recordOf((value): value is NoiseBrief => v.is(noiseBrief, value))),
  ...costEntries,
  ...tierViewEntries,
  ...agentEntries,
  baton: text,
  updated_at: text,
  spec_sha256: text,
  metrics_bytes: count,
  ledger_end: count,
} satisfies { [Key in keyof ExperimentView]-?: v.GenericSchema<Required<ExperimentView>[Key]> };

/** The result of JSON.parse, or undefined (which JSON cannot express) for anything that is not JSON. */
export function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
