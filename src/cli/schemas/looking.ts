import * as v from "valibot";
import {
  count,
  counts,
  direction,
  experimentRow,
  numberOrNull,
  spec,
  stop,
  text,
  textOrNull,
  texts,
  trialRow,
} from "./parts.ts";

const finding = v.looseObject({ path: text, problem: text, experiment: textOrNull });
const written = v.looseObject({ path: text });

/** `data` of the commands that only look. */
export const LOOKING = {
  status: v.looseObject({
    data_root: text,
    experiments: count,
    phases: counts,
    runs: count,
    models: v.looseObject({ usd: v.number(), tokens: count }),
    running: v.array(
      v.looseObject({ experiment: text, run_id: text, iteration: count, started_at: text }),
    ),
    dispatch: v.record(text, count),
    free_gb: numberOrNull,
    /** null: none was started, or it was stopped. */
    hub: v.nullable(
      v.looseObject({
        url: text,
        state: v.picklist(["running", "silent", "dead"]),
        since: text,
        queued: count,
        running: count,
        ending: count,
        workers: count,
      }),
    ),
    stops: v.array(v.intersect([v.looseObject({ experiment: text }), stop])),
    alerts: texts,
    findings: v.array(finding),
  }),
  list: v.looseObject({ experiments: v.array(experimentRow) }),
  show: v.looseObject({
    experiment: experimentRow,
    spec,
    stops: v.array(stop),
    holder: textOrNull,
    dir: text,
  }),
  runs: v.looseObject({ experiment: text, total: count, runs: v.array(trialRow) }),
  importance: v.looseObject({
    experiment: text,
    metric: text,
    direction,
    tier: text,
    trials: count,
    best: count,
    left_out: count,
    parameters: v.array(v.looseObject({ name: text, share: v.number(), divergence: v.number() })),
  }),
  plot: v.looseObject({
    experiment: text,
    kind: text,
    params: texts,
    title: text,
    subtitle: text,
    notes: texts,
    text: v.optional(texts),
    svg: v.optional(text),
    file: v.optional(text),
  }),
  logs: v.looseObject({
    experiment: text,
    run_id: text,
    stream: v.picklist(["stdout", "stderr"]),
    path: text,
    sealed: v.boolean(),
    text: v.optional(text),
    truncated: v.optional(v.boolean()),
  }),
  digest: written,
  "weekly-digest": written,
  verify: v.looseObject({
    events: count,
    bundles: count,
    projections: count,
    findings: v.array(finding),
  }),
  help: v.looseObject({ text, command: textOrNull }),
  version: v.looseObject({ text, version: text }),
};
