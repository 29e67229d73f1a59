import type { AttemptResult, FailureClass } from "../domain/dispatch/attempt.ts";
import type {
  ClaimRequest,
  CompleteReply,
  Heartbeat,
  HeartbeatReply,
  Hello,
  Welcome,
} from "../domain/dispatch/protocol.ts";
import type { RunPackage } from "../domain/dispatch/run-package.ts";

export interface AttemptLease {
  attempt: string;
  epoch: number;
  lease_s: number;
  pack: RunPackage;
}

/**
 * How a worker reaches the queue: over HTTP, or through a folder that several machines share. Each
 * call may be repeated: asking twice changes nothing. Throws LabError `try-later` when the other
 * side cannot be reached, which is no reason to stop anything; `policy-refused` when it says no for
 * good (revoked, another version).
 */
export interface Transport {
  join(hello: Hello): Promise<Welcome>;
  /** Waits up to `wait_s`; [] when there was nothing. */
  claim(request: ClaimRequest, signal: AbortSignal): Promise<AttemptLease[]>;
  heartbeat(beat: Heartbeat): Promise<HeartbeatReply>;
  /** Appends to a log of an attempt, or says from which offset it wants to have it. */
  log(
    attempt: string,
    stream: "stdout" | "stderr",
    offset: number,
    bytes: Uint8Array,
  ): Promise<{ offset: number }>;
  /** Which of these blobs the other side does not have. */
  missing(digests: readonly string[]): Promise<string[]>;
  /** Sends the file at `path`. Resumes where an earlier try ended. */
  putBlob(digest: string, path: string): Promise<void>;
  /** Writes a blob to `path`, which appears complete and checked, or not at all. */
  getBlob(digest: string, path: string): Promise<void>;
  complete(
    attempt: string,
    request: { key: string; class: FailureClass | null; result: AttemptResult },
  ): Promise<CompleteReply>;
  release(attempt: string, release: { class: FailureClass; reason: string }): Promise<void>;
}
