import { existsSync, mkdirSync } from "node:fs";
import { LabError } from "../domain/errors.ts";
import { OUTCOMES, type JsonObject, type Outcome } from "../domain/types.ts";
import { removeTree } from "../run/remove-tree.ts";
import { isStorageError } from "../store/durable.ts";
import { readText } from "../store/read-text.ts";
import { markDone, processOf, resultOf } from "./attempt-folder.ts";
import { pause } from "./contact.ts";
import { deliver } from "./deliver.ts";
import { giveUp, killAttempt, terminate, type LiveAttempt } from "./live-attempt.ts";
import { countsOwnGroup, oomKills, wasKilledForMemory } from "./oom.ts";
import { failureClassOf } from "./report-outcome.ts";
import { isDiskFull } from "./spool.ts";
import { GRACE_MS, type WorkerState } from "./worker-state.ts";

/**
 * Looks after one attempt until the queue knows what it came to:
 *
 *     claimed -> workspace fetched -> process started -> result -> delivered -> done
 *        |              |                  |--dies------------> swept, given back -> done
 *        |--------------+------------------|--release---------> TERM, KILL, given back -> done
 *                                          \--gone------------> KILL -> done
 *
 * Each step can be begun again by another worker on the same spool. Its slot is free as soon as
 * nothing of it runs; delivering goes on beside the next one.
 */
export async function supervise(state: WorkerState, attempt: LiveAttempt): Promise<void> {
  try {
    await untilEnded(state, attempt);
    attempt.hasEnded = true;
    state.slots.giveBack(attempt.order.gpus);
    state.lastBusy_ms = state.clock.monotonic_ms();
    state.bell.ring("room");
    await settle(state, attempt);
    state.attempts.delete(attempt.id);
  } catch (error) {
    // Left in the spool for the next worker: the queue could not be asked any longer.
    if (!(error instanceof LabError) || error.code !== "interrupted") throw error;
    state.attempts.delete(attempt.id);
    state.counts.kept += 1;
  }
}

async function untilEnded(state: WorkerState, attempt: LiveAttempt): Promise<void> {
  if (existsSync(attempt.files.result)) return;
  if (attempt.process === null && attempt.release === null) {
    try {
      await start(state, attempt);
    } catch (error) {
      notStarted(attempt, error);
    }
  }
  const logs = followLogs(state, attempt);
  try {
    await untilProcessEnded(state, attempt);
  } finally {
    logs.stop();
  }
}

async function start(state: WorkerState, attempt: LiveAttempt): Promise<void> {
  const { files, pack } = attempt;
  const { contact, transport, cache } = state;
  const { signal } = attempt.unwanted;
  const isNew = await cache.provide(pack, (digest, path) =>
    contact.call(() => transport.getBlob(digest, path), signal),
  );
  if (signal.aborted) return;
  mkdirSync(files.run, { recursive: true });
  attempt.process = state.processes.startDetached({
    argv: [...state.processes.selfCommand(), "attempt", files.dir],
    cwd: files.dir,
    env: state.env,
    stdout_path: files.stdout,
    stderr_path: files.stderr,
  });
  if (isNew) {
    const packages = [...state.attempts.values()].map((one) => one.pack);
    cache.trim(packages, state.cache_bytes);
  }
}

/** What keeps an attempt from beginning says nothing about the candidate. */
function notStarted(attempt: LiveAttempt, error: unknown): void {
  if (attempt.unwanted.signal.aborted) return;
  const isExpected = error instanceof LabError || isStorageError(error);
  if (!isExpected || !(error instanceof Error)) throw error;
  giveUp(attempt, { class: "infra", reason: `it could not be started: ${error.message}` });
}

/** Looked at often while it is young, so that short runs do not wait for us. */
const FIRST_LOOK_MS = 5;
const SLOWEST_LOOK_MS = 100;

/** Elsewhere the processes of a run are known to the attempt's own process alone, which has to end them. */
const CAN_SWEEP = process.platform === "linux";

async function untilProcessEnded(state: WorkerState, attempt: LiveAttempt): Promise<void> {
  const { processes, clock } = state;
  const started = clock.monotonic_ms();
  let asked_ms: number | null = null;
  for (;;) {
    if (attempt.isGone && CAN_SWEEP) return void killAttempt(attempt, processes);
    if (existsSync(attempt.files.result)) return;
    if (!isAlive(state, attempt)) return died(state, attempt);
    if (attempt.release !== null || attempt.isGone) {
      if (asked_ms === null) terminate(attempt, processes);
      asked_ms ??= clock.monotonic_ms();
      if (clock.monotonic_ms() - asked_ms > GRACE_MS) killAttempt(attempt, processes);
    }
    if (attempt.pack.follow_reports && attempt.reports.look()) state.bell.ring("beat");
    const age = clock.monotonic_ms() - (asked_ms ?? started);
    await pause(Math.min(SLOWEST_LOOK_MS, Math.max(FIRST_LOOK_MS, age / 40)), []);
  }
}

function isAlive({ processes }: WorkerState, attempt: LiveAttempt): boolean {
  if (!attempt.isCertain) {
    // Another one may have been quicker, where two workers started it.
    const found = processOf(attempt.files);
    attempt.isCertain = found !== null;
    attempt.process = found ?? attempt.process;
  }
  return attempt.process !== null && processes.liveness(attempt.process) === "alive";
}

/** Nothing of it is left running, and it is given back, unless its result came at that moment. */
function died(state: WorkerState, attempt: LiveAttempt): void {
  const isFull = isDiskFull(state.spool.dir);
  killAttempt(attempt, state.processes);
  if (existsSync(attempt.files.result) || attempt.release !== null || attempt.isGone) return;
  const now = oomKills();
  const killed = countsOwnGroup(now) && wasKilledForMemory(attempt.order.oom_kills, now);
  const words = lastLine(readText(attempt.files.stderr));
  const said = words === "" ? "its process ended without a word" : words;
  giveUp(attempt, {
    class: killed ? "oom" : "infra",
    reason: killed ? `killed for want of memory: ${said}` : isFull ? diskIsFull(state) : said,
  });
}

function diskIsFull({ spool }: WorkerState): string {
  return `the disk of the worker's spool ${spool.dir} is full`;
}

function lastLine(text: string | null): string {
  return text?.trim().split("\n").at(-1)?.slice(0, 1000) ?? "";
}

async function settle(state: WorkerState, attempt: LiveAttempt): Promise<void> {
  const { files } = attempt;
  if (attempt.isGone) {
    state.tell({ type: "gone", attempt: attempt.id });
    return forget(attempt);
  }
  const result = resultOf(files);
  const outcome = result === null ? null : knownOutcome(result.report);
  // What was to be stopped may have ended by itself just before: that counts, unless nobody wants it.
  const isWanted = attempt.release === null || attempt.release.class === "preempted";
  if (result === null || outcome === null || outcome === "cancelled" || !isWanted) {
    const reason =
      outcome === null ? "it has no readable result" : "it was terminated from outside";
    giveUp(attempt, { class: outcome === null ? "infra" : "preempted", reason });
    await release(state, attempt);
    return forget(attempt);
  }
  const reason = typeof result.report["reason"] === "string" ? result.report["reason"] : "";
  state.tell({ type: "finished", attempt: attempt.id, outcome, reason });
  const killed = wasKilledForMemory(attempt.order.oom_kills, oomKills());
  if (!(await deliver(state, attempt, result, failureClassOf(result.report, killed)))) return;
  state.counts.finished += 1;
  forget(attempt);
}

/** null for a report that says nothing we know: the run can write into the folder of its attempt. */
function knownOutcome(report: JsonObject): Outcome | null {
  return OUTCOMES.find((known) => known === report["outcome"]) ?? null;
}

async function release(state: WorkerState, attempt: LiveAttempt): Promise<void> {
  const given = attempt.release;
  if (given === null) return;
  try {
    await state.contact.call(() => state.transport.release(attempt.id, given));
  } catch (error) {
    // A queue that does not know it, or us, any more has it back already.
    if (!(error instanceof LabError) || error.code === "interrupted") throw error;
  }
  state.counts.released += 1;
  state.tell({ type: "released", attempt: attempt.id, ...given });
}

function forget({ files }: LiveAttempt): void {
  try {
    markDone(files);
  } catch (error) {
    // On a full disk removing is what helps.
    if (!isStorageError(error)) throw error;
  }
  removeTree(files.dir);
}

/** Often enough to watch, seldom enough for many runs on one worker. */
const LOG_EVERY_MS = 500;

function followLogs({ contact }: WorkerState, { logs }: LiveAttempt): { stop(): void } {
  const stopped = new AbortController();
  void (async () => {
    while (!stopped.signal.aborted) {
      await pause(LOG_EVERY_MS, [stopped.signal]);
      if (stopped.signal.aborted || contact.isLost()) continue;
      try {
        await logs.send();
      } catch (error) {
        // They are for watching: what is kept comes with the result.
        if (!(error instanceof LabError)) throw error;
      }
    }
  })();
  return { stop: () => stopped.abort() };
}
