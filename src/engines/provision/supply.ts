import type { Demand } from "../demand.ts";
import type { JobRequest, SubmitReply } from "../engine.ts";
import { startFailed, submissionFailed, submitBackoff_ms } from "./breaker.ts";
import { isAskedToResume } from "./folder.ts";
import type { JobRecord } from "./job-record.ts";
import { idleKind, jobRequest, kindsOf, type JobKind } from "./job-request.ts";
import { liveJobs, nodesToAvoid, type Job } from "./jobs.ts";
import { planJobs, type Start } from "./plan.ts";
import { pause, pollSoon, record, type Provision } from "./provision.ts";

/** How long a job waits in the scheduler for nothing before it is taken back. */
const SURPLUS_MS = 10_000;
/** How long a running job may take until its worker is at the hub. */
const START_MS = 300_000;
/** How long a job may be there after its worker said that it goes. */
const LINGER_MS = 60_000;
/** A job may wait long in the scheduler's queue; its token has to be good when it starts. */
const TOKEN_VALID_S = 7 * 86_400;

/** Submits what is missing and takes back what is not wanted any more. */
export async function supply(provision: Provision, demand: Demand): Promise<void> {
  const { parts, book } = provision;
  resumeIfAsked(provision);
  const { kinds, unfit } = kindsOf(parts.name, parts.options, parts.limits, demand.waiting);
  provision.waiting = demand.waiting.length;
  provision.unfit = unfit;
  const idle = idleKind(parts.options, parts.limits);
  const plan = planJobs(parts.limits, kinds, idle.key, liveJobs(book));
  await takeBack(provision, plan.surplus);
  // Whether an unanswered job exists decides how many are missing.
  if (!provision.discovered || provision.unanswered.size > 0) return;
  if (book.paused !== null || parts.monotonic_ms() < provision.next_submit_ms) return;
  const byKey = new Map([[idle.key, idle], ...kinds.map((kind) => [kind.key, kind] as const)]);
  for (let from = 0; from < plan.start.length; from += parts.capabilities.max_batch) {
    const batch = plan.start.slice(from, from + parts.capabilities.max_batch);
    if (!(await submit(provision, batch, byKey))) return;
  }
}

function resumeIfAsked(provision: Provision): void {
  const { parts, book, breaker } = provision;
  const { paused } = book;
  if (paused === null || !isAskedToResume(parts.folder, paused.number)) return;
  const { number } = paused;
  record(provision, [{ kind: "resumed", number, at: parts.now().toISOString() }]);
  breaker.failed_starts = 0;
  breaker.failed_submissions = 0;
  provision.next_submit_ms = 0;
}

/** The intent is on disk before the scheduler hears of it. False when something went wrong. */
async function submit(
  provision: Provision,
  starts: readonly Start[],
  kinds: ReadonlyMap<string, JobKind>,
): Promise<boolean> {
  const { parts, book } = provision;
  const at = parts.now().toISOString();
  const jobs = starts.flatMap((start, index) => {
    const kind = kinds.get(start.group);
    const n = book.last + 1 + index;
    return kind === undefined ? [] : [{ ...start, kind, n, tag: `${parts.prefix}${n}` }];
  });
  record(
    provision,
    jobs.map(({ n, tag, group, package: pack, kind }): JobRecord => {
      return { kind: "intent", n, tag, at, group, package: pack, slots: kind.slots };
    }),
  );
  const avoid_nodes = nodesToAvoid(book, parts.now());
  const { hub, labctl } = parts;
  const requests: JobRequest[] = [];
  for (const { tag, kind, package: pack } of jobs) {
    const join = await parts.mintJoin(tag, TOKEN_VALID_S);
    requests.push(jobRequest(kind, { tag, package: pack, hub, labctl, join, avoid_nodes }));
  }
  const replies = await submitSafely(provision, requests);
  pollSoon(provision);
  return take(provision, replies);
}

/** An engine that breaks off leaves every job of the batch unanswered. */
async function submitSafely(
  { parts }: Provision,
  requests: readonly JobRequest[],
): Promise<SubmitReply[]> {
  try {
    const replies = await parts.engine.submit(requests);
    const answered = new Map(replies.map((reply) => [reply.tag, reply]));
    const silence = { message: "the engine says nothing of this job", retry: true };
    return requests.map(({ tag }) => answered.get(tag) ?? { tag, error: silence });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return requests.map(({ tag }) => ({ tag, error: { message, retry: true } }));
  }
}

function take(provision: Provision, replies: readonly SubmitReply[]): boolean {
  const { parts, breaker, unanswered } = provision;
  const now = parts.monotonic_ms();
  let words: string | null = null;
  const records = replies.flatMap((reply): JobRecord[] => {
    const { tag } = reply;
    if ("handle" in reply) {
      return [{ kind: "submitted", tag, ...idOf(reply.handle) }];
    }
    words ??= reply.error.message;
    if (!reply.error.retry) return [{ kind: "dropped", tag, reason: reply.error.message }];
    unanswered.set(tag, now);
    return [];
  });
  record(provision, records);
  if (words === null) {
    breaker.failed_submissions = 0;
    provision.trouble = null;
    return true;
  }
  provision.trouble = words;
  pause(provision, submissionFailed(breaker, words));
  provision.next_submit_ms = now + submitBackoff_ms(breaker);
  return false;
}

function idOf({ id, submitted_at }: { id: string; submitted_at: string }) {
  return { id, submitted_at };
}

/**
 * Jobs that nobody waits for, jobs whose worker does not come, and jobs that are there without it: a
 * scheduler that was killed may forget that a job ended, and keep what it had for hours.
 */
async function takeBack(provision: Provision, surplus: readonly Job[]): Promise<void> {
  const { parts, surplus: since, running_since, done_since } = provision;
  const now = parts.monotonic_ms();
  const tags = new Set(surplus.map(({ tag }) => tag));
  for (const tag of since.keys()) if (!tags.has(tag)) since.delete(tag);
  for (const tag of tags) if (!since.has(tag)) since.set(tag, now);
  const unwanted = surplus.filter(({ tag }) => now - (since.get(tag) ?? now) >= SURPLUS_MS);
  const silent = liveJobs(provision.book).filter(
    ({ tag, worker, joined }) =>
      worker === "none" && !joined && now - (running_since.get(tag) ?? now) >= START_MS,
  );
  const lingering = liveJobs(provision.book).filter(
    ({ tag }) => now - (done_since.get(tag) ?? now) >= LINGER_MS,
  );
  const handles = [...unwanted, ...silent, ...lingering].flatMap(({ handle }) => handle ?? []);
  if (handles.length === 0) return;
  try {
    await parts.engine.cancel(handles, 0);
  } catch (error) {
    provision.trouble = error instanceof Error ? error.message : String(error);
    return;
  }
  // Not again before as long has passed.
  for (const { tag } of lingering) done_since.set(tag, now);
  for (const { tag } of silent) {
    running_since.delete(tag);
    const words = `${tag} runs since ${START_MS / 1000} s, and its worker has not reached ${parts.hub}`;
    pause(provision, startFailed(provision.breaker, words));
  }
  pollSoon(provision);
}
