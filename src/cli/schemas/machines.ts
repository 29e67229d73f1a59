import * as v from "valibot";
import { count, numberOrNull, outcome, text, textOrNull, texts } from "./parts.ts";

/** `data` of the commands for other machines. */
export const MACHINES = {
  /** How it was when it was stopped. */
  serve: v.looseObject({ url: text, open: count, running: count }),
  workers: v.looseObject({
    workers: v.array(
      v.looseObject({
        name: text,
        host: text,
        state: v.picklist(["ready", "draining", "silent", "revoked"]),
        slots: count,
        gpus: count,
        running: texts,
        labels: texts,
        last_seen: text,
      }),
    ),
    engines: v.array(
      v.looseObject({ engine: text, paused: v.nullable(text), trouble: v.nullable(text) }),
    ),
  }),
  /** Which of these depends on what was asked: check, status or resume. */
  engine: v.looseObject({
    engine: text,
    refused: v.optional(v.nullable(text)),
    paused: v.optional(v.nullable(v.looseObject({ number: count, at: text, reason: text }))),
    trouble: v.optional(v.nullable(text)),
    runs_it: v.optional(v.nullable(text)),
    jobs: v.optional(v.array(v.looseObject({ tag: text, state: text, reason: text }))),
  }),
  /** What there is besides `action` follows from it. */
  hub: v.strictObject({
    action: v.picklist(["token", "tokens", "revoke", "gc"]),
    id: v.optional(text),
    scope: v.optional(text),
    name: v.optional(text),
    expires_at: v.optional(textOrNull),
    token: v.optional(text),
    /** For `labctl worker`; null without a running hub, and for other scopes. */
    join: v.optional(textOrNull),
    tokens: v.optional(
      v.array(
        v.strictObject({
          id: text,
          scope: text,
          name: text,
          created_at: text,
          expires_at: textOrNull,
          worker: textOrNull,
          revoked: v.boolean(),
        }),
      ),
    ),
    worker: v.optional(textOrNull),
    removed: v.optional(count),
    freed_bytes: v.optional(count),
    kept: v.optional(count),
    kept_bytes: v.optional(count),
    uploads: v.optional(count),
  }),
  "dispatch-ready": v.looseObject({
    queued: v.array(v.looseObject({ experiment: text, dispatch_id: text, tier: text, role: text })),
  }),
  "dispatch-claim": v.looseObject({
    claimed: v.array(
      v.looseObject({ dispatch_id: text, experiment: text, dir: text, epoch: count }),
    ),
  }),
  "dispatch-work": v.looseObject({
    completed: v.array(
      v.looseObject({
        dispatch_id: text,
        experiment: text,
        tier: text,
        outcome,
        reason: text,
        counts: v.boolean(),
      }),
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
