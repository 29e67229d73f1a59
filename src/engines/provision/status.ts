import * as v from "valibot";
import { lazily } from "../../domain/lazily.ts";

/** `status.json` of an engine's folder: what its provisioner last knew. A view, for people. */
export const EngineStatusSchema = lazily(() =>
  v.object({
    schema_version: v.literal(1),
    engine: v.string(),
    mode: v.picklist(["pilot", "direct"]),
    /** When the last of its jobs changed; "" when there was none. */
    changed_at: v.string(),
    /** Runs that wait for a slot. */
    waiting: v.number(),
    max_pilots: v.number(),
    paused: v.nullable(v.object({ number: v.number(), at: v.string(), reason: v.string() })),
    /** Why nothing was submitted, or the scheduler not asked, just now; null when all is well. */
    trouble: v.nullable(v.string()),
    /** Runs that no job can be long enough for. */
    unfit: v.array(v.string()),
    /** Those in the scheduler, and the last that ended. */
    jobs: v.array(
      v.object({
        tag: v.string(),
        id: v.nullable(v.string()),
        state: v.string(),
        reason: v.string(),
        node: v.nullable(v.string()),
        worker: v.string(),
        package: v.nullable(v.string()),
        at: v.string(),
      }),
    ),
  }),
);

export type EngineStatus = v.InferOutput<ReturnType<typeof EngineStatusSchema>>;
