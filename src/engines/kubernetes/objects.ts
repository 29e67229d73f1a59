import * as v from "valibot";
import { lazily } from "../../domain/lazily.ts";

/** The part of what the API answers that we look at. */

const texts = v.record(v.string(), v.string());

const Metadata = v.object({
  name: v.string(),
  uid: v.string(),
  creationTimestamp: v.string(),
  deletionTimestamp: v.exactOptional(v.nullable(v.string()), null),
  labels: v.exactOptional(v.nullable(texts), null),
  annotations: v.exactOptional(v.nullable(texts), null),
});

const Conditions = v.exactOptional(
  v.nullable(
    v.array(
      v.object({
        type: v.string(),
        status: v.string(),
        reason: v.exactOptional(v.string(), ""),
        message: v.exactOptional(v.string(), ""),
      }),
    ),
  ),
  null,
);

export const JobObject = lazily(() =>
  v.object({
    metadata: Metadata,
    spec: v.object({ completions: v.exactOptional(v.number(), 1) }),
    status: v.exactOptional(
      v.object({
        conditions: Conditions,
        /** As `0,3-5`. */
        completedIndexes: v.exactOptional(v.string(), ""),
        failedIndexes: v.exactOptional(v.string(), ""),
      }),
      { conditions: null, completedIndexes: "", failedIndexes: "" },
    ),
  }),
);
export type JobObject = v.InferOutput<ReturnType<typeof JobObject>>;

const Terminated = v.object({
  exitCode: v.number(),
  reason: v.exactOptional(v.string(), ""),
  message: v.exactOptional(v.string(), ""),
});
const Waiting = v.object({
  reason: v.exactOptional(v.string(), ""),
  message: v.exactOptional(v.string(), ""),
});

export const PodObject = lazily(() =>
  v.object({
    metadata: Metadata,
    spec: v.object({ nodeName: v.exactOptional(v.string(), "") }),
    status: v.exactOptional(
      v.object({
        phase: v.exactOptional(v.string(), "Unknown"),
        reason: v.exactOptional(v.string(), ""),
        message: v.exactOptional(v.string(), ""),
        conditions: Conditions,
        containerStatuses: v.exactOptional(
          v.nullable(
            v.array(
              v.object({
                state: v.exactOptional(
                  v.object({
                    waiting: v.exactOptional(Waiting),
                    terminated: v.exactOptional(Terminated),
                  }),
                  {},
                ),
              }),
            ),
          ),
          null,
        ),
      }),
      { phase: "Unknown", reason: "", message: "", conditions: null, containerStatuses: null },
    ),
  }),
);
export type PodObject = v.InferOutput<ReturnType<typeof PodObject>>;

export const JobList = lazily(() => v.object({ items: v.array(JobObject()) }));
export const PodList = lazily(() => v.object({ items: v.array(PodObject()) }));
