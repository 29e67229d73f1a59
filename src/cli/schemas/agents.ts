import * as v from "valibot";
import {
  count,
  counts,
  direction,
  numberOrNull,
  object,
  objectOrNull,
  outcome,
  phase,
  text,
  textOrNull,
  texts,
} from "./parts.ts";

const kind = v.picklist(["params", "code"]);

const contextRun = v.looseObject({
  run_id: text,
  iteration: count,
  outcome,
  value: numberOrNull,
  strategy: textOrNull,
  params: objectOrNull,
  params_text: v.optional(text),
  hypothesis: v.optional(text),
});

const best = v.looseObject({
  ...contextRun.entries,
  tier: text,
  confidence: v.nullable(
    v.looseObject({ n: count, mean: v.number(), sd: numberOrNull, ci95: numberOrNull }),
  ),
});

const lesson = v.looseObject({
  id: text,
  text,
  evidence: texts,
  supersedes: textOrNull,
  worker: text,
  noted_at: text,
});

/** `data` of the commands that are made for agents. */
export const AGENTS = {
  context: v.looseObject({
    experiment: v.looseObject({
      id: text,
      goal: text,
      phase,
      blocked_reason: textOrNull,
      kind: v.nullable(kind),
      tier: text,
      tiers: texts,
    }),
    metric: v.looseObject({ name: text, direction, target: numberOrNull }),
    space: v.nullable(v.looseObject({ parameters: v.record(text, text), constraints: texts })),
    policy: v.looseObject({
      mutable: texts,
      read_only: texts,
      constraints: texts,
      evaluator: text,
    }),
    best: v.nullable(best),
    counts: v.looseObject({ runs: count, measured: count, outcomes: counts }),
    budget: v.looseObject({
      iterations: v.looseObject({ used: count, reserved: count, max: count, left: count }),
      run_hours: v.looseObject({ used: v.number(), max: numberOrNull }),
      minutes_per_run: v.number(),
      until: textOrNull,
    }),
    plateau: v.looseObject({ level: text, runs_since_best: count, advice: text }),
    stop: v.looseObject({
      should_stop: v.boolean(),
      reason: textOrNull,
      rules: v.array(v.looseObject({ rule: text, met: v.boolean(), detail: text })),
    }),
    history: v.looseObject({
      top: v.array(contextRun),
      recent: v.array(contextRun),
      failures: v.array(v.looseObject({ signature: text, count, last_run: text })),
    }),
    lessons: v.array(v.looseObject({ id: text, text, evidence: texts })),
    open: v.looseObject({ asked: count, enqueued: count, running: texts, holder: textOrNull }),
    program: text,
    baton: text,
    cuts: v.array(object),
  }),
  note: v.looseObject({ experiment: text, lesson }),
};
