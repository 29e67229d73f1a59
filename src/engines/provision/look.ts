import type { JobStatus } from "../engine.ts";
import type { JobWorker, WaitingRun } from "../demand.ts";
import { startFailed } from "./breaker.ts";
import type { JobEnd, JobRecord } from "./job-record.ts";
import { liveJobs, type Job } from "./jobs.ts";
import { lastWords } from "./last-words.ts";
import { pause, pollSoon, record, type Provision } from "./provision.ts";

const LONGEST_POLL_MS = 60_000;
/** A scheduler may still be at work on a submission whose answer was lost. */
const SETTLE_MS = 5000;
/** How long a submission that was given up is looked for all the same. */
const LATE_MS = 600_000;

/**
 * Asks the scheduler, when it is time to, what became of our jobs: one question, 2 to 60 s apart,
 * often as long as something changes. What it does not know is not changed. Returns those that ended.
 */
export async function look(provision: Provision): Promise<JobStatus[]> {
  const { parts, book } = provision;
  const now = parts.monotonic_ms();
  if (now < provision.next_poll_ms) return [];
  const wantsAll =
    !provision.discovered || provision.unanswered.size > 0 || now < provision.late_until_ms;
  const handles = liveJobs(book).flatMap(({ handle }) => handle ?? []);
  if (!wantsAll && handles.length === 0) return [];
  let changed = false;
  try {
    if (wantsAll) {
      changed = adopt(provision, await parts.engine.discover(parts.prefix), now);
      provision.discovered = true;
    }
    const answered = liveJobs(book).flatMap(({ handle }) => handle ?? []);
    const statuses = answered.length === 0 ? [] : await parts.engine.status(answered);
    const ended = absorb(provision, statuses);
    changed ||= ended.length > 0;
    schedule(provision, changed || provision.unanswered.size > 0);
    provision.trouble = statuses.find(({ state }) => state === "unknown")?.reason ?? null;
    return ended;
  } catch (error) {
    schedule(provision, false);
    provision.trouble = error instanceof Error ? error.message : String(error);
    return [];
  }
}

function schedule(provision: Provision, soon: boolean): void {
  const soonest_ms = provision.parts.capabilities.min_poll_s * 1000;
  provision.poll_every_ms = soon
    ? soonest_ms
    : Math.min(LONGEST_POLL_MS, provision.poll_every_ms * 2);
  provision.next_poll_ms = provision.parts.monotonic_ms() + provision.poll_every_ms;
}

/** Jobs of ours that are found in the scheduler are ours again; unanswered ones are settled. */
function adopt(provision: Provision, found: readonly JobStatus[], now: number): boolean {
  const { book, unanswered } = provision;
  const records: JobRecord[] = [];
  for (const { handle, state } of found) {
    const job = book.jobs.get(handle.tag);
    const isOpen = job?.state === "intended" || (job?.state === "dropped" && state !== "gone");
    const isForeign = job === undefined && state !== "gone";
    if (isForeign) records.push(unknownJob(provision, handle.tag));
    if (isOpen || isForeign) {
      const { tag, id, submitted_at } = handle;
      records.push({ kind: "submitted", tag, id, submitted_at });
      unanswered.delete(tag);
    }
  }
  for (const [tag, since] of unanswered) {
    if (now - since < SETTLE_MS) continue;
    records.push({ kind: "dropped", tag, reason: "the scheduler never had it" });
    unanswered.delete(tag);
    provision.late_until_ms = now + LATE_MS;
  }
  record(provision, records);
  return records.length > 0;
}

/** Its line was lost with a disk, or with a copy of the data root. */
function unknownJob({ parts }: Provision, tag: string): JobRecord {
  const n = Number(tag.slice(parts.prefix.length)) || 0;
  const at = parts.now().toISOString();
  return { kind: "intent", n, tag, at, group: "unknown", package: null, slots: 1 };
}

function absorb(provision: Provision, statuses: readonly JobStatus[]): JobStatus[] {
  const { book, parts } = provision;
  const ended: JobStatus[] = [];
  for (const status of statuses) {
    const job = book.jobs.get(status.handle.tag);
    if (job === undefined || status.state === "unknown") continue;
    if (status.state === "gone") {
      if (!isForgotten(job, status)) ended.push(status);
      continue;
    }
    const { state, reason, node } = status;
    const isNews = job.state !== state;
    const at = isNews ? parts.now().toISOString() : job.at;
    book.jobs.set(job.tag, { ...job, handle: status.handle, state, reason, node, at });
    if (state === "running" && !provision.running_since.has(job.tag)) {
      provision.running_since.set(job.tag, parts.monotonic_ms());
    }
    if (isNews) pollSoon(provision);
  }
  return ended;
}

/** A scheduler that was killed may forget young jobs, which go on all the same. */
function isForgotten(job: Job, status: JobStatus): boolean {
  return status.ended === undefined && job.worker === "alive";
}

/** What the hub says of our workers. */
export function noteWorkers(provision: Provision, workers: readonly JobWorker[]): void {
  const { book } = provision;
  const joined: JobRecord[] = [];
  for (const { tag, alive, free, done } of workers) {
    const job = book.jobs.get(tag);
    if (job === undefined) continue;
    if (!job.joined) joined.push({ kind: "joined", tag });
    if (alive) provision.done_since.delete(tag);
    else if (done && !provision.done_since.has(tag)) {
      provision.done_since.set(tag, provision.parts.monotonic_ms());
    }
    const worker = alive ? ("alive" as const) : ("left" as const);
    if (job.worker !== worker && worker === "left") pollSoon(provision);
    book.jobs.set(tag, { ...job, worker, free: alive ? free : 0 });
  }
  const seen = new Set(workers.map(({ tag }) => tag));
  for (const job of liveJobs(book)) {
    // The hub has forgotten it, or its machine goes on as another job's worker.
    if (job.worker === "alive" && !seen.has(job.tag)) {
      book.jobs.set(job.tag, { ...job, worker: "left", free: 0 });
    }
  }
  record(provision, joined);
  if (joined.length > 0) provision.breaker.failed_starts = 0;
}

/**
 * Writes down which jobs ended and why. A job that the scheduler forgot, but whose worker beats, goes
 * on. One that ended by itself before its worker came is a failed start, as long as what it was for
 * still waits; one that was preempted, cancelled, or lost with its node, is not.
 */
export async function judgeEnds(
  provision: Provision,
  ended: readonly JobStatus[],
  waiting: readonly WaitingRun[],
): Promise<void> {
  const { book, parts } = provision;
  for (const status of ended) {
    const job = book.jobs.get(status.handle.tag);
    if (job === undefined || job.state === "gone") continue;
    if (isForgotten(job, status)) continue;
    const reason = await reasonOf(provision, job, status);
    const at = parts.now().toISOString();
    const { node } = status;
    const fate = status.ended ?? null;
    record(provision, [{ kind: "ended", tag: job.tag, ended: fate, reason, node, at }]);
    provision.running_since.delete(job.tag);
    provision.done_since.delete(job.tag);
    if (fate === "cancelled" || (job.joined && fate === "done")) {
      await parts.engine.cleanup([status.handle]);
    } else if (!job.joined && (fate === "failed" || fate === "timeout" || fate === "done")) {
      // A worker may come and go between two looks, and another go on in its name.
      if (didItsWork(job, fate, waiting)) continue;
      pause(provision, startFailed(provision.breaker, reason));
    }
  }
}

function didItsWork(job: Job, fate: JobEnd, waiting: readonly WaitingRun[]): boolean {
  if (job.package === null) return fate === "done" && waiting.length === 0;
  return waiting.every((run) => run.package !== job.package);
}

async function reasonOf(provision: Provision, job: Job, status: JobStatus): Promise<string> {
  if (job.joined || status.ended !== "failed") return status.reason;
  const words = lastWords(await provision.parts.engine.logs(status.handle));
  return words === "" ? status.reason : `${status.reason}: ${words}`;
}
