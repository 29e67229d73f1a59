import * as v from "valibot";
import { DIRECTIONS, OUTCOMES, PHASES, PRIORITIES, RUN_MODES } from "../../domain/types.ts";

/** Pieces that the outputs of several commands share. Objects may gain keys, and never lose one. */

export const text = v.string();
export const texts = v.array(text);
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const textOrNull = v.nullable(text);
export const numberOrNull = v.nullable(v.number());
export const outcome = v.picklist(OUTCOMES);
export const phase = v.picklist(PHASES);
export const direction = v.picklist(DIRECTIONS);
export const mode = v.picklist(RUN_MODES);
/** Any JSON object: params, provenance, a SPEC. */
export const object = v.record(text, v.unknown());
export const objectOrNull = v.nullable(object);
export const counts = v.record(text, count);

/** A row of metrics.jsonl: one sealed run. */
export const trialRow = v.looseObject({
  run_id: text,
  ts: text,
  iteration: count,
  metric: text,
  value: numberOrNull,
  objectives: v.optional(v.record(text, v.number())),
  source: text,
  outcome,
  tier: text,
  mode,
  strategy: textOrNull,
  params: objectOrNull,
  provenance: objectOrNull,
  patch_sha256: v.optional(text),
  reports: v.optional(v.array(v.tuple([v.number(), v.number()]))),
  report_values: v.optional(v.record(text, v.array(numberOrNull))),
  duration_ms: v.optional(v.number()),
});

/** What is known of an experiment at a glance; STATUS.json and a row of LAB-INDEX.json begin so. */
export const experimentRow = v.looseObject({
  id: text,
  goal: text,
  phase,
  priority: v.picklist(PRIORITIES),
  autonomous: v.boolean(),
  metric: text,
  metric_direction: direction,
  current_fidelity_tier: text,
  next_fidelity_tier: textOrNull,
  fidelity_tiers: texts,
  executor_class: text,
  run_count: count,
  run_count_by_tier: counts,
  measured_count: count,
  failure_streak: count,
  success_streak_by_tier: counts,
  best_run: textOrNull,
  best_metric_value: numberOrNull,
  best_run_by_tier: v.record(text, text),
  best_metric_by_tier: v.record(text, v.number()),
  last_run: textOrNull,
  last_run_at: textOrNull,
  last_outcome: v.nullable(outcome),
  next_due_at: textOrNull,
  blocked_reason: textOrNull,
  current_lease: textOrNull,
  current_dispatch: textOrNull,
  tier_agreement: v.optional(
    v.array(v.looseObject({ from: text, to: text, pairs: count, tau: v.number(), p: v.number() })),
  ),
  running: v.array(v.looseObject({ run_id: text, iteration: count, tier: text, started_at: text })),
  baton: text,
  updated_at: text,
});

/** A SPEC with its defaults filled in; `labctl schema spec` has the fields of the file. */
export const spec = v.looseObject({
  id: text,
  goal: text,
  metric: text,
  metric_direction: direction,
  overrides: v.record(text, object),
});

export const trial = v.looseObject({
  trial: count,
  tier: text,
  params: object,
  strategy: text,
  provenance: object,
  seed: v.number(),
  expires_at: text,
});

/** A limit of an experiment, and where it stands with it. */
export const stop = v.looseObject({
  rule: text,
  limit: v.number(),
  now: numberOrNull,
  met: v.boolean(),
  near: v.boolean(),
  why: text,
});
