import { LabError } from "../domain/errors.ts";
import { beat, sendBeat } from "./beats.ts";
import { claimAttempts } from "./claims.ts";
import { pause } from "./contact.ts";
import { HubRefusal } from "./hub-refusal.ts";
import type { LiveAttempt } from "./live-attempt.ts";
import { reattach } from "./reattach.ts";
import { supervise } from "./supervise.ts";
import { drain, stopNow, type WorkerState } from "./worker-state.ts";

export interface WorkOptions {
  only: string | null;
  /** Takes so many runs, and ends; null: any number. */
  most: number | null;
  /** Takes what is there, and ends when there is nothing. */
  untilEmpty: boolean;
  /** Ends when nothing ran for so long; null: never. */
  idle_exit_ms: number | null;
  /** Has to be gone after so long; null: stays. */
  time_limit_ms: number | null;
}

/** What is left of the time limit to give back what still runs: its runs get 5 s to end. */
const LEAVING_MS = 20_000;

/**
 * Works until it is drained and nothing is left to do: looks after what an earlier worker left, takes
 * attempts, tells the queue that they live. Throws when the queue refuses this worker for good; what
 * is in the spool stays there.
 */
export async function work(state: WorkerState, options: WorkOptions): Promise<void> {
  const started = state.clock.monotonic_ms();
  const limit = options.time_limit_ms;
  const timeLeft_ms = (): number | null =>
    limit === null ? null : limit - leavingTime(limit) - (state.clock.monotonic_ms() - started);
  const failed = new AbortController();
  const fail = (error: unknown): void => {
    failed.abort(error);
    // What runs for a queue that does not want us is stopped; in any other trouble it may end, also
    // when the hub has become of another version: then the next worker has its result.
    const isRefused = error instanceof LabError && error.code === "policy-refused";
    const isOtherVersion = error instanceof HubRefusal && error.status === 426;
    if (isRefused && !isOtherVersion) {
      stopNow(state, { class: "preempted", reason: error.message });
    } else if (error instanceof LabError) drain(state, error.message);
    state.over.abort();
    state.draining.abort();
    state.contact.hurry(0);
  };
  const running = new Set<Promise<void>>();
  const begin = (attempt: LiveAttempt): void => {
    state.attempts.set(attempt.id, attempt);
    const watching = supervise(state, attempt)
      .catch(fail)
      .finally(() => running.delete(watching));
    running.add(watching);
  };

  for (const attempt of reattach(state)) begin(attempt);
  const ended = new AbortController();
  // An earlier worker may have said that it drains; whoever says nothing gets nothing then.
  await sendBeat(state).catch(fail);
  const beating = beat(state, ended.signal).catch(fail);
  const claiming = claimAttempts(state, { ...options, timeLeft_ms, begin }).catch(fail);
  const watching = watchTheClock(state, options, timeLeft_ms, ended.signal);
  await claiming;
  state.draining.abort();
  await untilDelivered(state, running);
  ended.abort();
  state.over.abort();
  await Promise.all([beating, watching]);
  if (failed.signal.aborted) throw failed.signal.reason;
}

/** After the last run ended, results are tried so long; then they stay for the next worker. */
const LAST_DELIVERY_MS = 60_000;

async function untilDelivered(
  state: WorkerState,
  running: ReadonlySet<Promise<void>>,
): Promise<void> {
  let isHurried = false;
  while (running.size > 0) {
    await Promise.race([Promise.all(running), pause(200, [])]);
    if (isHurried || ![...state.attempts.values()].every((attempt) => attempt.hasEnded)) continue;
    isHurried = true;
    state.contact.hurry(LAST_DELIVERY_MS);
  }
}

function leavingTime(limit_ms: number): number {
  return Math.min(LEAVING_MS, limit_ms / 4);
}

/** Ends an idle worker, and one whose time is up. */
async function watchTheClock(
  state: WorkerState,
  { idle_exit_ms, most, untilEmpty }: WorkOptions,
  timeLeft_ms: () => number | null,
  signal: AbortSignal,
): Promise<void> {
  const endsByItself = most !== null || untilEmpty;
  if (endsByItself && idle_exit_ms === null && timeLeft_ms() === null) return;
  while (!signal.aborted) {
    const left = timeLeft_ms();
    if (left !== null && left <= 0) {
      stopNow(state, { class: "preempted", reason: "the worker's time is up" });
      return;
    }
    if (state.attempts.size > 0) state.lastBusy_ms = state.clock.monotonic_ms();
    const idle_ms = state.clock.monotonic_ms() - state.lastBusy_ms;
    if (idle_exit_ms !== null && idle_ms >= idle_exit_ms) {
      drain(state, `nothing to do for ${Math.round(idle_exit_ms / 1000)} s`);
    }
    const idleLeft = idle_exit_ms === null ? Infinity : Math.max(50, idle_exit_ms - idle_ms);
    await pause(Math.min(1000, left ?? Infinity, idleLeft), [signal]);
  }
}
