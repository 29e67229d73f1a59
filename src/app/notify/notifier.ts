import { type NotifyTarget, targetText } from "../../domain/notify.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import { isoTime } from "../../domain/time.ts";
import { notification, notificationKey } from "../../reduce/notification.ts";
import { MAX_NOTICES } from "../../reduce/notices.ts";
import type { ExperimentView } from "../../reduce/views.ts";
import type { Notice } from "../../reduce/watched.ts";
import {
  logDelivery,
  type OutboxEntry,
  type OutboxState,
  readOutbox,
  type Told,
  writeOutbox,
} from "../../store/outbox.ts";
import type { Session } from "../session.ts";
import { deliver, type Delivery } from "./deliver.ts";
import { fingerprint } from "./fingerprint.ts";

/** Tells the targets of one experiment what happened, while its lease is held. */
export interface Notifier {
  /** Starts telling what there is to tell, and returns at once. */
  poke(): void;
  /** Waits until everything is told or has to wait, at most `limit_ms`; what is left stays. */
  finish(limit_ms: number): Promise<{ delivered: number; pending: number }>;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10 * 60_000;
/** At its end a command does not wait for a target that failed so often in a row. */
const PATIENCE = 3;
/** About three days of attempts. */
const MAX_ATTEMPTS = 400;

/**
 * Opens the notifier of an experiment whose SPEC names targets. Call it on the state before
 * anything is recorded: a target that was never told before is told from here on. `now` ignores
 * the waits that earlier attempts earned.
 */
export async function openNotifier(
  session: Session,
  spec: Spec,
  targets: readonly NotifyTarget[],
  options: { now: boolean } = { now: false },
): Promise<Notifier> {
  const { store, lab } = session;
  const start = await store.view(spec.id);
  const known = readOutbox(store.layout, spec.id) ?? {};
  const state: OutboxState = {};
  for (const target of targets) {
    const key = fingerprint(target);
    const told = known[key] ?? { next: start.ledger_end, attempts: 0, not_before: null };
    state[key] = options.now ? { ...told, not_before: null } : told;
  }
  if (JSON.stringify(state) !== JSON.stringify(known)) writeOutbox(store.layout, spec.id, state);

  const running = new Map<string, Promise<void>>();
  let stop = new AbortController();
  let awake = new AbortController();
  let deadline_ms = Number.POSITIVE_INFINITY;
  /** Attempts that failed in a row, here, by target. */
  const failed = new Map<Told, number>();
  let delivered = 0;
  let broken = false;

  /** Tells one target, in order, until nothing is left or the time is over. */
  async function tell(target: NotifyTarget, told: Told): Promise<void> {
    for (;;) {
      const view = await store.view(spec.id);
      const notice = waiting(view, target, told)[0];
      if (notice === undefined || stop.signal.aborted) return;
      if (told.attempts === 0) noteDropped(view, target, told);
      const wait_ms = waitOf(told, lab.clock.now());
      const isEnding = deadline_ms !== Number.POSITIVE_INFINITY;
      if (lab.clock.monotonic_ms() + wait_ms > deadline_ms) return;
      if (isEnding && !options.now && (failed.get(told) ?? 0) >= PATIENCE) return;
      if (wait_ms > 0) {
        await sleep(wait_ms, awake.signal);
        continue;
      }
      await attempt(view, target, told, notice);
      writeOutbox(store.layout, spec.id, state);
    }
  }

  async function attempt(
    view: ExperimentView,
    target: NotifyTarget,
    told: Told,
    notice: Notice,
  ): Promise<void> {
    const started_ms = lab.clock.monotonic_ms();
    const message = {
      key: notificationKey(spec.id, notice),
      event: notice.topics[0] ?? "",
      body: notification(view, notice),
    };
    const done = await deliver(session, spec, target, message, stop.signal);
    told.attempts += 1;
    const gaveUp = done.result === "retry" && told.attempts >= MAX_ATTEMPTS;
    log(target, notice, {
      attempt: told.attempts,
      result: gaveUp ? "gave-up" : done.result,
      status: done.status,
      problem: done.problem,
      duration_ms: Math.round(lab.clock.monotonic_ms() - started_ms),
    });
    if (done.result === "retry" && !gaveUp) {
      failed.set(told, (failed.get(told) ?? 0) + 1);
      const wait_ms = nextWait(told.attempts, done);
      told.not_before = isoTime(new Date(lab.clock.now().getTime() + wait_ms));
      return;
    }
    failed.delete(told);
    if (done.result === "delivered") delivered += 1;
    else lab.log.warn(`${spec.id}: not told: ${targetText(target)}: ${done.problem}`);
    Object.assign(told, { next: notice.position + 1, attempts: 0, not_before: null });
  }

  /** A full list may have lost its beginning. */
  function noteDropped(view: ExperimentView, target: NotifyTarget, told: Told): void {
    const [oldest] = view.notices;
    if (oldest === undefined || view.notices.length < MAX_NOTICES) return;
    if (oldest.position <= told.next) return;
    log(target, oldest, {
      attempt: 0,
      result: "dropped",
      status: null,
      problem: `more than ${MAX_NOTICES} waited; older ones may be lost`,
      duration_ms: 0,
    });
    told.next = oldest.position;
  }

  function log(
    target: NotifyTarget,
    notice: Notice,
    entry: Omit<OutboxEntry, "ts" | "experiment" | "key" | "topics" | "target">,
  ): void {
    logDelivery(store.layout, {
      ts: session.now(),
      experiment: spec.id,
      key: notificationKey(spec.id, notice),
      topics: notice.topics,
      target: targetText(target),
      ...entry,
    });
  }

  function poke(): void {
    if (broken) return;
    for (const target of targets) {
      const key = fingerprint(target);
      const told = state[key];
      if (told === undefined || running.has(key)) continue;
      const task = tell(target, told)
        .catch((error: unknown) => {
          // Nobody's run may suffer from this: what is left is told by another command.
          broken = true;
          const said = error instanceof Error ? error.message : String(error);
          lab.log.warn(`${spec.id}: notifications wait: ${said}`);
        })
        .finally(() => running.delete(key));
      running.set(key, task);
    }
  }

  async function finish(limit_ms: number): Promise<{ delivered: number; pending: number }> {
    deadline_ms = lab.clock.monotonic_ms() + limit_ms;
    const out = setTimeout(() => stop.abort(), limit_ms);
    // Whoever waits looks at the deadline now.
    awake.abort();
    awake = new AbortController();
    await Promise.all(running.values());
    poke();
    await Promise.all(running.values());
    clearTimeout(out);
    const view = await store.view(spec.id);
    const left = targets.map((target) => waiting(view, target, state[fingerprint(target)]).length);
    // A notifier can be used again: guided and burst end many waits.
    deadline_ms = Number.POSITIVE_INFINITY;
    stop = new AbortController();
    return { delivered, pending: left.reduce((sum, count) => sum + count, 0) };
  }

  return { poke, finish };
}

/** What a target is still to be told, oldest first. */
export function waiting(
  view: ExperimentView,
  target: NotifyTarget,
  told: Told | undefined,
): Notice[] {
  const next = told?.next ?? view.ledger_end;
  return view.notices.filter(
    ({ position, topics }) => position >= next && topics.some((topic) => target.on.includes(topic)),
  );
}

function waitOf({ not_before }: Told, now: Date): number {
  const wait_ms = not_before === null ? 0 : Date.parse(not_before) - now.getTime();
  return Number.isNaN(wait_ms) ? 0 : Math.max(0, wait_ms);
}

function nextWait(attempts: number, { retry_after_ms }: Delivery): number {
  const backoff = Math.min(FIRST_WAIT_MS * 2 ** Math.min(attempts - 1, 20), LONGEST_WAIT_MS);
  return Math.max(backoff, retry_after_ms ?? 0);
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}
