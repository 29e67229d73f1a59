import * as v from "valibot";
import { lazily } from "../lazily.ts";
import type { JsonObject } from "../types.ts";
import { FileTreeSchema, type FileTree } from "./file-tree.ts";

/**
 * One execution of a package, by its epoch:
 *
 *     claimed --heartbeats--> claimed --complete--> sealed        (first valid finisher)
 *        |                                    \--> superseded    (another epoch was sealed before)
 *        |--no sign of life--> expired --> the package is queued again, with the next epoch
 *        |--released (a failure of the infrastructure)--> queued again, after a while
 *        \--cancelled
 *
 * A package that three different workers lost or released is quarantined.
 */
export const FAILURE_CLASSES = [
  "user",
  "timeout",
  "oom",
  "preempted",
  "node-lost",
  "infra",
  "cancelled",
] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** These say nothing about the candidate: the package is tried again by itself. */
export const RETRIED: readonly FailureClass[] = ["preempted", "node-lost", "infra"];

/** Of them, those that count towards quarantine: being preempted is nobody's fault. */
export const POISONOUS: readonly FailureClass[] = ["node-lost", "infra"];

/** So many different workers must have failed at it. */
export const POISON_AFTER = 3;

/** How long to wait before attempt `tries + 1`, without jitter: min(2^tries s, 5 min). */
export function backoff_ms(tries: number): number {
  return Math.min(2 ** tries * 1000, 300_000);
}

/** What an attempt came to, and everything it left in its run folder. */
export interface AttemptResult {
  schema_version: 1;
  package: string;
  epoch: number;
  /** Name of the worker, and its host, for the record. */
  worker: string;
  host: string;
  started_at: string;
  ended_at: string;
  /** An ExecuteReport (run/execute.ts) as JSON. */
  report: JsonObject;
  files: FileTree;
}

export const AttemptResultSchema = lazily(() =>
  v.object({
    schema_version: v.literal(1),
    package: v.string(),
    epoch: v.pipe(v.number(), v.integer(), v.minValue(1)),
    worker: v.pipe(v.string(), v.maxLength(200)),
    host: v.pipe(v.string(), v.maxLength(300)),
    started_at: v.string(),
    ended_at: v.string(),
    report: v.custom<JsonObject>(
      (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    ),
    files: FileTreeSchema(),
  }),
);
