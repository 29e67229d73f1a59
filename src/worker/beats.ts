import type { Heartbeat, HeartbeatReply } from "../domain/dispatch/protocol.ts";
import { LabError } from "../domain/errors.ts";
import { askToPrune } from "./attempt-folder.ts";
import { pause } from "./contact.ts";
import { giveUp, type LiveAttempt } from "./live-attempt.ts";
import { drain, stopNow, type WorkerState } from "./worker-state.ts";

/** Fresh intermediate values do not wait for the next beat, but there are not more than 5 a second. */
const CLOSEST_MS = 200;
/** While the queue cannot be reached it is asked this often at least. */
const LOST_MS = 5000;

/**
 * Tells the queue that all attempts live, at the interval it wants and at once when there is news,
 * and does what it answers, until `signal`. Throws what it refuses for good.
 */
export async function beat(state: WorkerState, signal: AbortSignal): Promise<void> {
  const { contact, welcome } = state;
  while (!signal.aborted) {
    const rung = new AbortController();
    const stop = state.bell.on("beat", () => rung.abort());
    await sendBeat(state);
    await pause(CLOSEST_MS, [signal]);
    const interval = contact.isLost() ? Math.min(LOST_MS, contact.wait_ms()) : Infinity;
    await pause(Math.min(interval, welcome.heartbeat_s * 1000 - CLOSEST_MS), [signal, rung.signal]);
    stop();
  }
}

/** One beat. That the queue cannot be reached is no error. */
export async function sendBeat(state: WorkerState): Promise<void> {
  const { contact, transport } = state;
  const told = [...state.attempts.values()].map((attempt) => ({
    attempt,
    reports: attempt.reports.waiting(),
  }));
  const message: Heartbeat = {
    attempts: told.map(({ attempt, reports }) => ({
      attempt: attempt.id,
      ...(reports.length === 0 ? {} : { reports: [...reports] }),
    })),
    draining: state.draining.signal.aborted,
  };
  let reply: HeartbeatReply;
  try {
    reply = await transport.heartbeat(message);
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== "try-later") throw error;
    contact.lost(error);
    return;
  }
  contact.heard();
  for (const { attempt, reports } of told) attempt.reports.sent(reports.length);
  obey(state, reply);
}

function obey(state: WorkerState, reply: HeartbeatReply): void {
  for (const said of reply.attempts) {
    const attempt = state.attempts.get(said.attempt);
    // A result that is being delivered is wanted until the queue has refused it.
    if (attempt === undefined || attempt.hasEnded) continue;
    if (said.command === "cancel") {
      giveUp(attempt, { class: "cancelled", reason: said.reason ?? "cancelled" });
    } else if (said.status === "gone") {
      endAtOnce(attempt);
    } else if (said.command === "prune") {
      askToPrune(attempt.files, said.reason ?? "pruned");
    }
  }
  if (reply.worker === "drain") drain(state, "the hub says so");
  if (reply.worker === "stop") {
    stopNow(state, { class: "preempted", reason: "the hub stopped this worker" });
  }
}

function endAtOnce(attempt: LiveAttempt): void {
  attempt.isGone = true;
  attempt.unwanted.abort();
}
