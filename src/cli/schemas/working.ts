import * as v from "valibot";
import { count, outcome, text } from "./parts.ts";

/** `data` of the commands that work for a queue. */
export const WORKING = {
  worker: v.looseObject({
    worker: text,
    queue: text,
    spool: text,
    finished: count,
    released: count,
    kept: count,
  }),
  attempt: v.looseObject({ attempt: text, outcome, reason: text }),
};

/** The lines that a worker prints. */
export const WORKER_EVENT = v.looseObject({
  type: v.picklist([
    "joined",
    "reattached",
    "claimed",
    "finished",
    "delivered",
    "released",
    "gone",
    "refused",
    "unreachable",
    "reachable",
    "paused",
    "resumed",
    "draining",
  ]),
});
