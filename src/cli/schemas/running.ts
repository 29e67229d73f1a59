import * as v from "valibot";
import {
  count,
  mode,
  numberOrNull,
  object,
  outcome,
  phase,
  text,
  textOrNull,
  texts,
  trial,
} from "./parts.ts";
import { WORKER_EVENT } from "./working.ts";

/** The end of burst, guided and swarm. */
const iterated = v.looseObject({
  experiment: text,
  mode,
  stopped: text,
  seed: v.number(),
  iterations: count,
  measured: count,
  best_run: textOrNull,
  best_metric_value: numberOrNull,
  run_count: count,
  phase,
});

/** `data` of the commands that run or record something. */
export const RUNNING = {
  "run-once": v.looseObject({
    runs: v.array(
      v.looseObject({
        kind: v.literal("ran"),
        experiment: text,
        run_id: text,
        tier: text,
        role: text,
        outcome,
        value: numberOrNull,
        reason: text,
      }),
    ),
  }),
  burst: iterated,
  guided: iterated,
  swarm: iterated,
  ask: v.looseObject({ experiment: text, trials: v.array(trial) }),
  tell: v.looseObject({
    experiment: text,
    trial: count,
    run_id: text,
    outcome,
    value: numberOrNull,
    accepted: v.boolean(),
    best: numberOrNull,
  }),
  "ask-tell": v.looseObject({ replies: count, errors: count }),
  enqueue: v.looseObject({
    experiment: text,
    dry_run: v.boolean(),
    queued: count,
    imported: count,
    known: count,
    skipped: v.array(object),
    ignored: texts,
  }),
};

const iteration = v.looseObject({
  type: v.literal("iteration"),
  position: count,
  iteration: count,
  run_id: text,
  tier: text,
  outcome,
  value: numberOrNull,
  accepted: v.boolean(),
  strategy: text,
  params: object,
  reason: text,
  duration_ms: v.number(),
  best: numberOrNull,
});

const started = v.looseObject({
  type: v.literal("started"),
  experiment: text,
  iterations: count,
  seed: v.number(),
});

/** A proposal of guided waits for an answer by file. */
const asked = v.looseObject({ type: v.literal("asked"), id: text, path: text, problem: text });

const progress = v.union([started, iteration]);

/** The lines that come before the envelope, one JSON object each, of the commands that stream. */
export const EVENTS = {
  burst: progress,
  guided: v.union([started, iteration, asked]),
  swarm: progress,
  logs: v.looseObject({ type: v.literal("log"), text }),
  worker: WORKER_EVENT,
  serve: v.looseObject({ type: v.literal("listening"), url: text, join: text }),
};
