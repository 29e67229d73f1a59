import type { Welcome } from "../domain/dispatch/protocol.ts";
import type { Clock, Processes, Random } from "../ports.ts";
import type { BlobCache } from "./blob-cache.ts";
import type { Contact } from "./contact.ts";
import type { Tell } from "./events.ts";
import { giveUp, type LiveAttempt, type Release } from "./live-attempt.ts";
import type { Slots } from "./slots.ts";
import { spaceOf, type Spool } from "./spool.ts";
import type { Transport } from "./transport.ts";

/** What all parts of a worker share. One event loop: nothing here needs a lock. */
export interface WorkerState {
  transport: Transport;
  processes: Processes;
  clock: Clock;
  random: Random;
  spool: Spool;
  cache: BlobCache;
  cache_bytes: number;
  slots: Slots;
  contact: Contact;
  welcome: Welcome;
  host: string;
  /** Ids of the GPUs it gives out; empty: it leaves them alone. */
  gpus: readonly string[];
  /** What attempts get of the worker's own environment. */
  env: Record<string, string>;
  tell: Tell;
  attempts: Map<string, LiveAttempt>;
  /** Aborted: it takes nothing more, and ends when nothing runs. */
  draining: AbortController;
  /** Aborted: it ends whatever happens. */
  over: AbortController;
  counts: { finished: number; released: number; kept: number };
  lastBusy_ms: number;
  /** Somebody waits in wake-ups for one of these. */
  bell: Bell;
}

export interface Bell {
  ring(what: Ring): void;
  /** Calls back at every ring until the returned function is called. */
  on(what: Ring, callback: () => void): () => void;
}

/** room: a slot is free; beat: the queue should hear of something, or has something to say. */
export type Ring = "room" | "beat";

export function createBell(): Bell {
  const listeners = new Map<Ring, Set<() => void>>();
  return {
    ring(what) {
      listeners.get(what)?.forEach((callback) => callback());
    },
    on(what, callback) {
      const all = listeners.get(what) ?? new Set();
      listeners.set(what, all);
      all.add(callback);
      return () => void all.delete(callback);
    },
  };
}

/** Takes nothing more; what runs goes on. */
export function drain(state: WorkerState, reason: string): void {
  if (state.draining.signal.aborted) return;
  state.draining.abort();
  state.tell({ type: "draining", reason });
}

/** How long the queue is told that a worker goes, when that is all there is left to do. */
const LAST_WORDS_MS = 5000;
/** When it cannot be reached anyway. */
const LOST_WORDS_MS = 1000;

/** Gives back whatever still runs, and ends. */
export function stopNow(state: WorkerState, release: Release): void {
  drain(state, release.reason);
  const running = [...state.attempts.values()].filter((attempt) => !attempt.hasEnded);
  for (const attempt of running) giveUp(attempt, release);
  const words_ms = state.contact.isLost() ? LOST_WORDS_MS : LAST_WORDS_MS;
  state.contact.hurry(words_ms + (running.length === 0 ? 0 : GRACE_MS));
}

/** Between TERM to an attempt and KILL to all of it: its run has 5 s, and it has to write its result. */
export const GRACE_MS = 7000;

/** Below this share of the disk, or this many bytes, nothing more is taken. */
const SPARE_SHARE = 0.02;
const SPARE_BYTES = 64 * 1024 * 1024;

/** Why there is no room on the disk for another attempt; null when there is. */
export function diskTrouble(state: WorkerState): string | null {
  const { free, total } = spaceOf(state.spool.dir);
  const spare = Math.min(SPARE_BYTES, total * SPARE_SHARE);
  if (free >= spare) return null;
  const mib = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  return `${mib(free)} left on the disk of the spool ${state.spool.dir}, at least ${mib(spare)} are needed: free some, or put it elsewhere with --spool`;
}
