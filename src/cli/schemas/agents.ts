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

const ticket = v.looseObject({
  ticket: text,
  experiment: text,
  kind,
  worker: text,
  tier: text,
  parent: textOrNull,
  fingerprint: text,
  issued_at: text,
  expires_at: text,
  suggested: v.nullable(v.looseObject({ params: object, strategy: text })),
  workspace: textOrNull,
  brief: textOrNull,
  policy: v.looseObject({ mutable: texts, read_only: texts }),
});

const submitted = v.looseObject({
  ticket: text,
  experiment: text,
  run_id: text,
  run_dir: text,
  iteration: count,
  tier: text,
  outcome,
  value: numberOrNull,
  accepted: v.boolean(),
  reason: text,
  best_run: textOrNull,
  best_value: numberOrNull,
  replayed: v.boolean(),
  decision: objectOrNull,
});

const dispatched = v.looseObject({
  dispatch_id: text,
  experiment: text,
  package_dir: text,
  workspace_root: text,
  mutable_paths: texts,
  read_only_paths: texts,
  validation_command: text,
  mutation_brief_path: text,
  metric: text,
  metric_direction: direction,
  best_metric_value: numberOrNull,
  iteration: count,
  role: text,
  run_id: text,
  fidelity_tier: text,
  time_budget_minutes: v.number(),
  input_files: v.record(text, text),
  current_files: v.record(text, text),
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
    noise: v.nullable(v.looseObject({ sd: v.number(), degrees: count, source: text })),
    baseline: v.nullable(v.looseObject({ value: v.number(), run_id: text, source: text })),
    best: v.nullable(best),
    counts: v.looseObject({ runs: count, measured: count, outcomes: counts }),
    budget: v.looseObject({
      iterations: v.looseObject({ used: count, reserved: count, max: count, left: count }),
      run_hours: v.looseObject({ used: v.number(), max: numberOrNull }),
      usd: v.looseObject({ used: v.number(), max: numberOrNull }),
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
      failures: v.array(v.looseObject({ signature: text, count, last_run: text, example: text })),
    }),
    lessons: v.array(v.looseObject({ id: text, text, evidence: texts })),
    open: v.looseObject({
      tickets: v.array(v.looseObject({ ticket: text, kind, worker: text, expires_at: text })),
      asked: count,
      enqueued: count,
      running: texts,
      holder: textOrNull,
    }),
    fingerprint: text,
    program: text,
    baton: text,
    cuts: v.array(object),
  }),
  next: v.looseObject({ experiment: text, tickets: v.array(ticket) }),
  check: v.looseObject({
    ticket: text,
    experiment: text,
    kind,
    params: objectOrNull,
    changed_files: texts,
    run_id: textOrNull,
  }),
  // While it is evaluated in the background (`state: running`) nothing is known of its run.
  submit: v.looseObject({
    ...v.partial(submitted).entries,
    state: v.picklist(["done", "running"]),
    ticket: text,
    experiment: text,
    pid: v.optional(v.nullable(count)),
  }),
  // A run, or with `what: experiment` where that stands.
  wait: v.looseObject({
    ...v.partial(submitted).entries,
    what: v.picklist(["ticket", "run", "experiment"]),
    experiment: text,
    phase: v.optional(phase),
    runs: v.optional(count),
    best_run: textOrNull,
    best_value: numberOrNull,
  }),
  // Of what is printed without --json nothing is left, `{}`, when nothing is eligible.
  "dispatch-agent-next": v.looseObject({
    ...v.partial(dispatched).entries,
    dispatch_id: textOrNull,
  }),
  "dispatch-agent-submit": v.looseObject({
    dispatch_id: text,
    experiment: text,
    outcome,
    accepted: v.boolean(),
    candidate_value: numberOrNull,
    previous_best_value: numberOrNull,
    reference_source: text,
    changed_files: texts,
    ingested: v.boolean(),
  }),
  note: v.looseObject({ experiment: text, lesson }),
};
