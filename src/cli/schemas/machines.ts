import * as v from "valibot";
import { count, numberOrNull, outcome, text } from "./parts.ts";

/** `data` of the commands for other machines. */
export const MACHINES = {
  "dispatch-ready": v.looseObject({
    queued: v.array(v.looseObject({ experiment: text, dispatch_id: text, tier: text, role: text })),
  }),
  "dispatch-claim": v.looseObject({
    claimed: v.array(
      v.looseObject({ dispatch_id: text, experiment: text, dir: text, epoch: count }),
    ),
  }),
  "dispatch-complete": v.looseObject({
    dispatch_id: text,
    experiment: text,
    outcome,
    value: numberOrNull,
    epoch: count,
    counts: v.boolean(),
  }),
  "dispatch-ingest": v.looseObject({
    packages: v.array(
      v.looseObject({
        dispatch_id: text,
        experiment: text,
        run_id: text,
        kind: v.picklist(["ingested", "run-gone", "quarantined"]),
        reason: text,
      }),
    ),
  }),
};
