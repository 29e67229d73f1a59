import * as v from "valibot";
import { lazily } from "../../domain/lazily.ts";

/** What an external engine answers, by method (docs/engines.md). */

const Handle = v.object({ tag: v.string(), id: v.string(), submitted_at: v.string() });

const Status = v.object({
  handle: Handle,
  state: v.picklist(["queued", "starting", "running", "stopping", "gone", "unknown"]),
  reason: v.exactOptional(v.string(), ""),
  node: v.exactOptional(v.nullable(v.string()), null),
  ended: v.exactOptional(
    v.picklist(["done", "failed", "timeout", "preempted", "node-lost", "cancelled"]),
  ),
});

const Problem = v.object({ message: v.string(), retry: v.exactOptional(v.boolean(), true) });

export const ANSWERS = {
  capabilities: lazily(() =>
    v.object({
      name: v.string(),
      protocol: v.literal(1),
      modes: v.array(v.picklist(["pilot", "direct"])),
      arrays: v.exactOptional(v.boolean(), false),
      max_batch: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
      min_poll_s: v.exactOptional(v.pipe(v.number(), v.minValue(0)), 5),
    }),
  ),
  validate: lazily(() => v.nullable(v.string())),
  submit: lazily(() =>
    v.array(
      v.union([
        v.object({ tag: v.string(), handle: Handle }),
        v.object({ tag: v.string(), error: Problem }),
      ]),
    ),
  ),
  discover: lazily(() => v.array(Status)),
  status: lazily(() => v.array(Status)),
  cancel: lazily(() => v.unknown()),
  logs: lazily(() => v.nullable(v.string())),
  cleanup: lazily(() => v.unknown()),
};

export type Method = keyof typeof ANSWERS;
export type AnswerOf<Name extends Method> = v.InferOutput<ReturnType<(typeof ANSWERS)[Name]>>;

/** One line of its standard output. */
export const Reply = lazily(() =>
  v.union([
    v.object({ id: v.number(), error: Problem }),
    v.object({ id: v.number(), result: v.unknown() }),
  ]),
);
