import * as v from "valibot";
import { lazily } from "../lazily.ts";
import { AttemptResultSchema, FAILURE_CLASSES, type AttemptResult } from "./attempt.ts";

/**
 * What hub and worker say to each other: JSON over HTTP, described in docs/dispatch.md. The hub
 * dictates every interval. Workers of another PROTOCOL are refused with what to do about it.
 */
export const PROTOCOL = 1;

/** Header with PROTOCOL, on every request of a worker. */
export const PROTOCOL_HEADER = "lab-proto";

/** A longer body of JSON is refused; blobs and logs have limits of their own. */
export const MAX_JSON_BYTES = 8 * 1024 * 1024;
/** Blobs above this are sent in pieces that can be resumed. */
export const SINGLE_SHOT_BYTES = 8 * 1024 * 1024;
export const LOG_CHUNK_BYTES = 256 * 1024;

const Name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/));
const Key = v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{8,100}$/));
const Count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100_000));
const Short = v.pipe(v.string(), v.maxLength(300));

/** POST /v1/workers: somebody joins, with a join token. */
export const HelloSchema = lazily(() =>
  v.object({
    name: Name,
    host: Short,
    os: Short,
    arch: Short,
    version: Short,
    protocol: v.number(),
    labels: v.pipe(v.array(Name), v.maxLength(100)),
    /** Empty: any. */
    executor_classes: v.pipe(v.array(Short), v.maxLength(100)),
    slots: Count,
    gpus: v.pipe(
      v.array(v.object({ id: Short, model: Short, memory_mb: v.number() })),
      v.maxLength(64),
    ),
    /** Tag of the job of an engine that started it; "" for none. */
    tag: Short,
    /** Random, of this join: after a lost reply the same token and key get the same worker again. */
    key: Key,
  }),
);
export type Hello = v.InferOutput<ReturnType<typeof HelloSchema>>;

export interface Welcome {
  worker: string;
  token: string;
  hub: string;
  version: string;
  heartbeat_s: number;
  lease_s: number;
  poll_s: number;
  log_chunk: number;
}

/** POST /v1/claims: long poll. The same key again gives the same leases. */
export const ClaimSchema = lazily(() =>
  v.object({
    key: Key,
    /** Free slots, and free GPUs among them. */
    slots: Count,
    gpus: Count,
    wait_s: v.pipe(v.number(), v.minValue(0), v.maxValue(60)),
    /** Until the worker must be gone; null: it stays. */
    time_left_s: v.nullable(v.number()),
    /** This package and no other (direct mode); null: any. */
    only: v.nullable(v.string()),
  }),
);
export type ClaimRequest = v.InferOutput<ReturnType<typeof ClaimSchema>>;

/** 200; 204 when there was nothing for it. */
export interface ClaimReply {
  leases: WireLease[];
}

export interface WireLease {
  attempt: string;
  package: string;
  epoch: number;
  lease_s: number;
  /** Good for this attempt only. */
  token: string;
  /** A RunPackage. */
  document: unknown;
}

/** POST /v1/heartbeats: all attempts of a worker at once. */
export const HeartbeatSchema = lazily(() =>
  v.object({
    attempts: v.pipe(
      v.array(
        v.object({
          attempt: v.string(),
          /** Intermediate values since the last beat that was answered, when a pruner wants them. */
          reports: v.exactOptional(
            v.array(
              v.object({
                step: v.number(),
                value: v.number(),
                objectives: v.exactOptional(v.record(v.string(), v.number())),
              }),
            ),
          ),
        }),
      ),
      v.maxLength(10_000),
    ),
    /** It takes nothing more. */
    draining: v.boolean(),
  }),
);
export type Heartbeat = v.InferOutput<ReturnType<typeof HeartbeatSchema>>;

export interface HeartbeatReply {
  attempts: {
    attempt: string;
    /** stale: another epoch has it, finishing is still worth while; gone: kill it at once. */
    status: "ok" | "stale" | "gone";
    command: "none" | "cancel" | "prune";
    reason?: string;
  }[];
  worker: "none" | "drain" | "stop";
}

/** POST /v1/attempts/{attempt}/complete */
export const CompleteSchema = lazily(() =>
  v.object({
    key: Key,
    class: v.nullable(v.picklist(FAILURE_CLASSES)),
    result: AttemptResultSchema(),
  }),
);
export type CompleteRequest = {
  key: string;
  class: (typeof FAILURE_CLASSES)[number] | null;
  result: AttemptResult;
};

/** 200 sealed or superseded; 409 stale (the result is kept in quarantine); 422 missing blobs. */
export type CompleteReply =
  | { status: "sealed" }
  | { status: "superseded"; by: number }
  | { status: "stale"; reason: string }
  | { status: "missing"; blobs: string[] };

/** POST /v1/attempts/{attempt}/release: it will not be finished here. */
export const ReleaseSchema = lazily(() =>
  v.object({ class: v.picklist(FAILURE_CLASSES), reason: v.pipe(v.string(), v.maxLength(2000)) }),
);
export type ReleaseRequest = v.InferOutput<ReturnType<typeof ReleaseSchema>>;

/** POST /v1/blobs/missing */
export const MissingSchema = lazily(() =>
  v.object({
    digests: v.pipe(v.array(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))), v.maxLength(50_000)),
  }),
);

/** Every refusal: what was seen, and what to do. `code` is one of domain/errors.ts. */
export interface Refusal {
  code: string;
  message: string;
  hint?: string;
  retry_after_s?: number;
}
