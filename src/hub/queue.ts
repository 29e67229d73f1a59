import { apply } from "./queue/apply.ts";
import type { QueueContext } from "./queue/context.ts";
import type { HubEvent } from "./queue/events.ts";
import { expire } from "./queue/give-back.ts";
import { emptyState, type QueueState } from "./queue/state.ts";

/**
 * Packages, attempts and workers as a fold of the journal. The verbs are in `queue/`, one a file:
 * each looks at the state and records events; only `apply()` changes the state. Nothing here touches
 * a file, a socket or a clock, so any history can be played in a test.
 */
export interface Queue extends QueueContext {
  /** Folds an event that the journal has already. `seq` is its number. */
  replay: (event: HubEvent, seq: number) => void;
  /** Call it often: expires leases, and lets packages back into the line whose wait is over. */
  tick(): { expired: number; due: number };
  /** When a tick will have something to do that no request brings; null for never. Monotonic. */
  nextDue_ms(): number | null;
}

export interface QueueOptions {
  lease_ms: number;
  now_ms: () => number;
  /** Milliseconds since 1970, for the record only. */
  wall_ms: () => number;
  jitter: () => number;
  /** Takes every new event, in order. */
  journal(event: HubEvent, seq: number): void;
}

/** A tick that comes by this share of a lease too late shows that the hub stood still, not the workers. */
const STALL_SHARE = 0.25;

export function openQueue(options: QueueOptions): Queue {
  const { lease_ms, now_ms } = options;
  const state = emptyState();
  let ticked_ms = now_ms();
  const queue: Queue = {
    state,
    lease_ms,
    now_ms,
    jitter: options.jitter,
    record(event) {
      const timed: HubEvent = { at: options.wall_ms(), ...event };
      state.seq += 1;
      apply(state, timed, { now_ms: now_ms(), lease_ms });
      options.journal(timed, state.seq);
    },
    replay(event, seq) {
      state.seq = seq;
      apply(state, event, { now_ms: now_ms(), lease_ms });
    },
    tick() {
      const now = now_ms();
      const stall_ms = now - ticked_ms;
      ticked_ms = now;
      if (stall_ms > lease_ms * STALL_SHARE) forgive(state, stall_ms);
      return { expired: expire(queue), due: letBack(state, now) };
    },
    nextDue_ms: () => nextDue(state),
  };
  return queue;
}

/** While the hub itself stood still it could not hear anybody. */
function forgive(state: QueueState, stall_ms: number): void {
  for (const pack of state.leased) {
    const attempt = pack.attempts[pack.epoch - 1];
    if (attempt !== undefined) attempt.deadline_ms += stall_ms;
  }
}

function letBack(state: QueueState, now: number): number {
  let due = 0;
  for (const pack of state.delayed) {
    if (pack.due_ms > now) continue;
    state.delayed.delete(pack);
    state.waiting.add(pack);
    due += 1;
  }
  return due;
}

function nextDue(state: QueueState): number | null {
  let next: number | null = null;
  for (const { due_ms } of state.delayed) if (next === null || due_ms < next) next = due_ms;
  return next;
}
