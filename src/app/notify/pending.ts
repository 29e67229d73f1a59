import { LabError } from "../../domain/errors.ts";
import { targetText } from "../../domain/notify.ts";
import { notification, notificationKey, testNotice } from "../../reduce/notification.ts";
import { createOutbox, outboxes, readOutbox } from "../../store/outbox.ts";
import type { Session } from "../session.ts";
import { withLease } from "../with-lease.ts";
import { deliver, type Delivery } from "./deliver.ts";
import { fingerprint } from "./fingerprint.ts";
import { waiting } from "./notifier.ts";
import { targetsOf } from "./start-notifying.ts";

/** How one target of an experiment stands. */
export interface TargetState {
  experiment: string;
  /** Without its secrets. */
  target: string;
  on: string[];
  pending: number;
  /** Failed attempts with the oldest of them, and when the next may be made. */
  attempts: number;
  not_before: string | null;
}

/** Every target of one experiment, or of all, with what waits to be told. */
export async function targetStates(
  session: Session,
  experiment: string | null,
): Promise<TargetState[]> {
  const { store } = session;
  if (experiment !== null) await store.view(experiment);
  const ids = experiment === null ? store.rows().map((row) => row.id) : [experiment];
  const states: TargetState[] = [];
  for (const id of ids) {
    const named = await targetsOf(session, id);
    if (named === null) continue;
    const view = await store.view(id);
    const outbox = readOutbox(store.layout, id) ?? {};
    for (const target of named.targets) {
      const told = outbox[fingerprint(target)];
      states.push({
        experiment: id,
        target: targetText(target),
        on: target.on,
        pending: waiting(view, target, told).length,
        attempts: told?.attempts ?? 0,
        not_before: told?.not_before ?? null,
      });
    }
  }
  return states;
}

/**
 * Tells what waits, of one experiment or of all that have an outbox, for up to `limit_ms` each.
 * Experiments that somebody holds are left to their holder. `now`: also what has to wait.
 */
export async function tellPending(
  session: Session,
  experiment: string | null,
  options: { limit_ms: number; now: boolean },
): Promise<{ delivered: number; pending: number }> {
  const { store } = session;
  const sum = { delivered: 0, pending: 0 };
  const ids = experiment === null ? outboxes(store.layout) : [experiment];
  for (const id of ids) {
    if (!store.rows().some((row) => row.id === id)) continue;
    const before = await targetStates(session, id);
    const due = before.filter((state) => state.pending > 0);
    if (due.length === 0) continue;
    const now = session.now();
    if (!options.now && due.every(({ not_before }) => not_before !== null && not_before > now)) {
      sum.pending += due.reduce((total, { pending }) => total + pending, 0);
      continue;
    }
    try {
      await withLease(session, id, "notify", async () => {}, {
        ...options,
        done: ({ delivered, pending }) => {
          sum.delivered += delivered;
          sum.pending += pending;
        },
      });
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== "lease-held") throw error;
    }
  }
  return sum;
}

/** Sends each target of an experiment a message that says it is a test; nothing is recorded. */
export async function tellTest(
  session: Session,
  experiment: string,
): Promise<({ target: string } & Delivery)[]> {
  const view = await session.store.view(experiment);
  const named = await targetsOf(session, experiment);
  if (named === null) {
    throw new LabError("usage", `${experiment} tells nobody: its notify is a text`, {
      hint: "name targets in SPEC.yaml, such as notify: [{command: ./tell.sh}] (docs/stopping.md)",
    });
  }
  const { spec, targets } = named;
  const notice = testNotice(view, session.now());
  const message = {
    key: notificationKey(experiment, notice),
    event: "test",
    body: notification(view, notice),
  };
  const signal = new AbortController().signal;
  const sent: ({ target: string } & Delivery)[] = [];
  for (const target of targets) {
    const done = await deliver(session, spec, target, message, signal);
    sent.push({ target: targetText(target), ...done });
  }
  return sent;
}

/**
 * For what is recorded without a lease: makes sure that targets are told from here on. Call it
 * before recording.
 */
export async function openOutbox(session: Session, experiment: string): Promise<void> {
  const named = await targetsOf(session, experiment);
  if (named === null || readOutbox(session.store.layout, experiment) !== null) return;
  const { ledger_end: next } = await session.store.view(experiment);
  const told = { next, attempts: 0, not_before: null };
  const state = Object.fromEntries(named.targets.map((one) => [fingerprint(one), { ...told }]));
  createOutbox(session.store.layout, experiment, state);
}
