import type { JobHandle, JobStatus } from "../engine.ts";
import type { JobEnd, JobRecord } from "./job-record.ts";

/**
 * A job of ours:
 *
 *     intended --accepted--> queued -> starting -> running -> stopping -> gone
 *        |  \--found by discover--/
 *        \--refused, or the scheduler has no such job--> dropped
 *
 * `intended` without an answer is the one state in which nobody knows whether there is a job.
 */
export interface Job {
  n: number;
  tag: string;
  group: string;
  package: string | null;
  slots: number;
  handle: JobHandle | null;
  state: "intended" | "dropped" | Exclude<JobStatus["state"], "unknown">;
  reason: string;
  node: string | null;
  ended: JobEnd | null;
  /** Its worker came to the hub at least once. */
  joined: boolean;
  /** Its worker, as the hub sees it now. */
  worker: "none" | "alive" | "left";
  /** Slots of that worker which would take work now. */
  free: number;
  /** When its state was last changed, as text. */
  at: string;
}

export interface JobBook {
  jobs: Map<string, Job>;
  /** The highest number ever used. */
  last: number;
  paused: { number: number; at: string; reason: string } | null;
  pauses: number;
}

export function emptyBook(): JobBook {
  return { jobs: new Map(), last: 0, paused: null, pauses: 0 };
}

/** The only thing that changes what is known for good; what a poll says is not written down. */
export function applyRecord(book: JobBook, record: JobRecord): void {
  switch (record.kind) {
    case "intent": {
      const { n, tag, group, slots, at } = record;
      const fresh = { handle: null, state: "intended", reason: "", node: null } as const;
      const start = { ended: null, joined: false, worker: "none", free: 0 } as const;
      const job: Job = { n, tag, group, package: record.package, slots, at, ...fresh, ...start };
      book.jobs.set(tag, job);
      book.last = Math.max(book.last, n);
      return;
    }
    case "submitted": {
      const { tag, id, submitted_at } = record;
      change(book, tag, { handle: { tag, id, submitted_at }, state: "queued", ended: null });
      return;
    }
    case "dropped":
      change(book, record.tag, { state: "dropped", reason: record.reason });
      return forgetOldest(book);
    case "joined":
      return change(book, record.tag, { joined: true });
    case "ended": {
      const { tag, ended, reason, node, at } = record;
      const worker = book.jobs.get(tag)?.worker === "none" ? "none" : "left";
      change(book, tag, { state: "gone", ended, reason, node, at, worker, free: 0 });
      return forgetOldest(book);
    }
    case "paused":
      book.paused = { number: record.number, at: record.at, reason: record.reason };
      book.pauses = Math.max(book.pauses, record.number);
      return;
    case "resumed":
      if (book.paused?.number === record.number) book.paused = null;
      return;
    default:
      return record satisfies never;
  }
}

/** Jobs that are over are remembered up to this number. */
export const REMEMBERED = 1000;

function forgetOldest({ jobs }: JobBook): void {
  if (jobs.size <= 2 * REMEMBERED) return;
  const over = [...jobs.values()].filter(({ state }) => state === "gone" || state === "dropped");
  for (const { tag } of over.slice(0, -REMEMBERED)) jobs.delete(tag);
}

function change(book: JobBook, tag: string, changes: Partial<Job>): void {
  const job = book.jobs.get(tag);
  if (job !== undefined) book.jobs.set(tag, { ...job, ...changes });
}

/** Jobs that are, or may be, in the scheduler. */
export function liveJobs(book: JobBook): Job[] {
  return [...book.jobs.values()].filter(({ state }) => state !== "gone" && state !== "dropped");
}

/** How long a node that failed is avoided. */
export const AVOID_MS = 3_600_000;

/** Nodes on which jobs were lost within the last hour, at most `limit` of them, the latest first. */
export function nodesToAvoid(book: JobBook, now: Date, limit = 16): string[] {
  const lost = [...book.jobs.values()]
    .filter(({ ended, node }) => ended === "node-lost" && node !== null)
    .filter(({ at }) => now.getTime() - Date.parse(at) < AVOID_MS)
    .toSorted((a, b) => b.at.localeCompare(a.at));
  return [...new Set(lost.flatMap(({ node }) => node ?? []))].slice(0, limit);
}
