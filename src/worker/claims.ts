import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import { removeTree } from "../run/remove-tree.ts";
import { isStorageError } from "../store/durable.ts";
import { attemptFiles, makeAttempt } from "./attempt-folder.ts";
import { pause } from "./contact.ts";
import { gpuEnvironment } from "./gpus.ts";
import { liveAttempt, type LiveAttempt } from "./live-attempt.ts";
import { linkedAbort } from "./linked-abort.ts";
import { oomKills } from "./oom.ts";
import type { AttemptLease } from "./transport.ts";
import { diskTrouble, drain, type WorkerState } from "./worker-state.ts";

export interface ClaimOptions {
  /** This package and no other; null: any. */
  only: string | null;
  /** So many attempts, and then no more; null: any number. */
  most: number | null;
  /** Takes what is there now, and ends when there is nothing. */
  untilEmpty: boolean;
  /** Until the worker has to be gone. */
  timeLeft_ms: () => number | null;
  begin: (attempt: LiveAttempt) => void;
}

/** A full worker asks for nothing but commands, and only once its runs turn out to be no short ones. */
const QUIET_MS = 400;
const CANNOT_KEEP_MS = 3000;
/** The disk is looked at this often while it is full. */
const FULL_POLL_MS = 500;

/**
 * Takes attempts as long as there is room, until the worker drains. The request waits at the other
 * side, which answers early when there is work, or a command for this worker.
 */
export async function claimAttempts(state: WorkerState, options: ClaimOptions): Promise<void> {
  const { signal } = state.draining;
  let taken = 0;
  while (!signal.aborted) {
    await untilDiskHasRoom(state, signal);
    if (state.slots.free().slots === 0) await untilRoom(state, signal, QUIET_MS);
    if (signal.aborted) break;
    const leases = await claim(state, options, signal, taken);
    // Without an answer the same key is asked for again: it may have been granted all the same.
    if (leases === null) continue;
    for (const lease of leases) await accept(state, lease, options);
    state.spool.claimed();
    taken += leases.length;
    const isEmpty = leases.length === 0 && state.slots.free().slots > 0;
    if (options.untilEmpty && isEmpty) return;
    if (options.most === null) continue;
    if (taken >= options.most || (leases.length === 0 && state.attempts.size === 0)) return;
  }
  await giveBackLate(state, options);
}

/** null when it was cut short: by a free slot, or because the worker drains. */
async function claim(
  state: WorkerState,
  options: ClaimOptions,
  draining: AbortSignal,
  taken: number,
): Promise<AttemptLease[] | null> {
  const { contact, transport, clock, welcome } = state;
  const { most, untilEmpty } = options;
  const room = state.slots.free();
  const free = { ...room, slots: Math.min(room.slots, (most ?? Infinity) - taken) };
  const wait_s = untilEmpty ? 0 : welcome.poll_s;
  const cut = linkedAbort([draining]);
  const { signal } = cut;
  const stopListening = free.slots === 0 ? state.bell.on("room", cut.abort) : () => {};
  const asked = clock.monotonic_ms();
  try {
    const leases = await contact.call(
      () => transport.claim(request(state, options, free, wait_s), signal),
      signal,
    );
    const isEarly = clock.monotonic_ms() - asked < wait_s * 900;
    if (leases.length === 0 && isEarly && !signal.aborted) {
      state.bell.ring("beat");
      // Whoever answers at once again and again is not asked as often.
      await pause(100, [signal]);
    }
    return leases;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    // The one package we are for is over: so are we.
    const isOver = error.code === "not-found" && options.only !== null;
    if (isOver) drain(state, error.message);
    if (!isOver && !signal.aborted) throw error;
    return null;
  } finally {
    stopListening();
    cut.end();
  }
}

function request(
  { spool }: WorkerState,
  { only, timeLeft_ms }: ClaimOptions,
  free: { slots: number; gpus: number },
  wait_s: number,
): Parameters<WorkerState["transport"]["claim"]>[0] {
  const left = timeLeft_ms();
  const time_left_s = left === null ? null : Math.max(0, left / 1000);
  return { key: spool.claimKey(), ...free, wait_s, time_left_s, only };
}

/** Durable before anything is done with it; what cannot be kept is given back. */
async function accept(
  state: WorkerState,
  lease: AttemptLease,
  options: ClaimOptions,
): Promise<void> {
  if (state.attempts.has(lease.attempt)) return;
  const full = diskTrouble(state);
  if (full !== null) return giveBack(state, lease, full);
  const gpus = state.slots.take(lease.pack.needs);
  if (gpus === null) return giveBack(state, lease, "there is no slot for it any more");
  const files = attemptFiles(join(state.spool.attempts, lease.attempt));
  const order = {
    schema_version: 1 as const,
    attempt: lease.attempt,
    epoch: lease.epoch,
    worker: state.welcome.worker,
    host: state.host,
    key: state.random.hex(16),
    gpus,
    environment: state.gpus.length === 0 ? {} : gpuEnvironment(gpus),
    cache: state.spool.cache,
    oom_kills: oomKills(),
  };
  try {
    makeAttempt(files, lease.pack, order);
  } catch (error) {
    state.slots.giveBack(gpus);
    if (!isStorageError(error) || !(error instanceof Error)) throw error;
    removeTree(files.dir);
    const reason = `the worker cannot keep it: ${error.message}`;
    await giveBack(state, lease, reason);
    // Or it would be given the same one again, and again.
    return pause(CANNOT_KEEP_MS, [state.draining.signal]);
  }
  const { experiment, run } = lease.pack;
  state.tell({ type: "claimed", attempt: lease.attempt, experiment, run_id: run.id, gpus });
  options.begin(liveAttempt(files, { pack: lease.pack, order }, state));
}

async function giveBack(state: WorkerState, lease: AttemptLease, reason: string): Promise<void> {
  const release = { class: "preempted" as const, reason };
  await state.contact.call(() => state.transport.release(lease.attempt, release));
  state.counts.released += 1;
  state.tell({ type: "released", attempt: lease.attempt, ...release });
}

/**
 * A claim that was cut short may have been granted all the same: the same key says so. Asked once: the
 * key stays in the spool, and the next worker asks again.
 */
async function giveBackLate(state: WorkerState, options: ClaimOptions): Promise<void> {
  const none = { slots: 0, gpus: 0 };
  if (state.contact.isLost()) return;
  try {
    const { signal } = state.over;
    const leases = await state.transport.claim(request(state, options, none, 0), signal);
    for (const lease of leases) {
      if (!state.attempts.has(lease.attempt)) await giveBack(state, lease, "the worker drains");
    }
    state.spool.claimed();
  } catch (error) {
    if (!(error instanceof LabError) && !state.over.signal.aborted) throw error;
  }
}

async function untilDiskHasRoom(state: WorkerState, signal: AbortSignal): Promise<void> {
  const reason = diskTrouble(state);
  if (reason === null) return;
  state.tell({ type: "paused", reason });
  while (!signal.aborted && diskTrouble(state) !== null) await pause(FULL_POLL_MS, [signal]);
  if (!signal.aborted) state.tell({ type: "resumed" });
}

async function untilRoom(state: WorkerState, signal: AbortSignal, ms: number): Promise<void> {
  const room = new AbortController();
  const stop = state.bell.on("room", () => room.abort());
  await pause(ms, [signal, room.signal]);
  stop();
}
