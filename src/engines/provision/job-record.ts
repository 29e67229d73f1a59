import * as v from "valibot";
import { lazily } from "../../domain/lazily.ts";

/**
 * What a provisioner writes down, one line each, before (`intent`) and after it talks to a
 * scheduler. A job's number is never used twice.
 */
const ENDS = ["done", "failed", "timeout", "preempted", "node-lost", "cancelled"] as const;

export const JobRecordSchema = lazily(() =>
  v.variant("kind", [
    v.object({
      kind: v.literal("intent"),
      n: v.number(),
      tag: v.string(),
      at: v.string(),
      /** Which of the waiting runs it is for (engines/provision/plan.ts). */
      group: v.string(),
      /** Direct mode: the one package it runs. */
      package: v.nullable(v.string()),
      slots: v.number(),
    }),
    v.object({
      kind: v.literal("submitted"),
      tag: v.string(),
      id: v.string(),
      submitted_at: v.string(),
    }),
    /** It was never submitted, or so says the scheduler. */
    v.object({ kind: v.literal("dropped"), tag: v.string(), reason: v.string() }),
    /** Its worker came to the hub. */
    v.object({ kind: v.literal("joined"), tag: v.string() }),
    v.object({
      kind: v.literal("ended"),
      tag: v.string(),
      ended: v.nullable(v.picklist(ENDS)),
      reason: v.string(),
      node: v.nullable(v.string()),
      at: v.string(),
    }),
    v.object({ kind: v.literal("paused"), number: v.number(), at: v.string(), reason: v.string() }),
    v.object({ kind: v.literal("resumed"), number: v.number(), at: v.string() }),
  ]),
);

export type JobRecord = v.InferOutput<ReturnType<typeof JobRecordSchema>>;
export type JobEnd = (typeof ENDS)[number];
