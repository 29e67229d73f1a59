import type { JobStatus } from "../engine.ts";

export type JobEnd = NonNullable<JobStatus["ended"]>;

type State = Pick<JobStatus, "state" | "ended">;

const RUNNING: Record<string, JobStatus["state"]> = {
  PENDING: "queued",
  REQUEUED: "queued",
  REQUEUE_HOLD: "queued",
  REQUEUE_FED: "queued",
  SPECIAL_EXIT: "queued",
  RESV_DEL_HOLD: "queued",
  CONFIGURING: "starting",
  RUNNING: "running",
  SIGNALING: "running",
  RESIZING: "running",
  SUSPENDED: "running",
  STOPPED: "running",
  STAGE_OUT: "stopping",
  COMPLETING: "stopping",
};

const ENDED: Record<string, JobEnd> = {
  COMPLETED: "done",
  FAILED: "failed",
  OUT_OF_MEMORY: "failed",
  BOOT_FAIL: "node-lost",
  NODE_FAIL: "node-lost",
  TIMEOUT: "timeout",
  DEADLINE: "timeout",
  PREEMPTED: "preempted",
  CANCELLED: "cancelled",
  REVOKED: "cancelled",
};

/** What a state of Slurm (`man squeue`, JOB STATE CODES) means. `CANCELLED by 1000` is CANCELLED. */
export function slurmState(word: string): State {
  const [name = ""] = word.split(" ");
  const running = RUNNING[name];
  if (running !== undefined) return { state: running };
  const ended = ENDED[name];
  return ended === undefined ? { state: "unknown" } : { state: "gone", ended };
}
