import * as v from "valibot";
import { count, numberOrNull, phase, text, textOrNull, texts } from "./parts.ts";

const phased = v.looseObject({ experiment: text, phase, reason: textOrNull });

/** `data` of the commands that steer an experiment or mend the lab. */
export const STEERING = {
  pause: phased,
  resume: phased,
  complete: phased,
  notify: v.looseObject({
    targets: v.array(
      v.looseObject({ experiment: text, target: text, on: texts, pending: count, attempts: count }),
    ),
    delivered: count,
    pending: count,
    tests: v.array(v.looseObject({ target: text, result: text, problem: text })),
  }),
  approve: v.looseObject({
    answered: v.array(v.looseObject({ id: text, decision: text })),
    waiting: v.array(v.looseObject({ id: text, experiment: text, reason: text, path: text })),
  }),
  "set-fidelity": v.looseObject({
    experiment: text,
    current_fidelity_tier: text,
    next_fidelity_tier: textOrNull,
  }),
  calibrate: v.looseObject({
    experiment: text,
    tier: text,
    metric: text,
    pairs: count,
    mean: v.number(),
    sd: v.number(),
    min_effect: v.number(),
    detectable: v.number(),
  }),
  finalize: v.looseObject({
    experiment: text,
    metric: text,
    phase,
    tier: text,
    from_tier: text,
    started_at: text,
    finished_at: textOrNull,
    winners: v.array(
      v.looseObject({
        run_id: text,
        value: v.number(),
        final_run: textOrNull,
        final_value: numberOrNull,
      }),
    ),
  }),
  refresh: v.looseObject({ path: text, experiments: count }),
  watchdog: v.looseObject({
    free_gb: numberOrNull,
    reclaimed_leases: texts,
    repaired: texts,
    answered: texts,
    told: count,
    alerts: texts,
  }),
  recover: v.looseObject({
    reclaimed: v.array(
      v.looseObject({
        experiment: text,
        why: textOrNull,
        restored: texts,
        interrupted: texts,
        killed: count,
      }),
    ),
    busy: texts,
    released: texts,
    removed: texts,
    quarantined: texts,
    healthy: v.boolean(),
    alerts: texts,
  }),
};
