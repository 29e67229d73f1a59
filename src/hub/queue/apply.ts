import { POISONOUS } from "../../domain/dispatch/attempt.ts";
import { attemptId } from "../../domain/dispatch/run-package.ts";
import type { HubEvent, HubEventOf } from "./events.ts";
import { dropLease, takeLease, withWorker, type FoldTime } from "./leases.ts";
import { restoreEnded, restorePackage, restoreWorker } from "./snapshot.ts";
import type { AttemptState, End, PackageState, QueueState } from "./state.ts";
import { leaveLine } from "./waiting.ts";
import { remember } from "./ended.ts";
import { link, mark } from "./watch.ts";

const REMEMBERED_KEYS = 32;

/**
 * Folds one event into the queue, `state.seq` being its number already. Never throws: after damage in the middle of a journal an event may
 * speak of what is not known, and then changes nothing.
 */
export function apply(state: QueueState, event: HubEvent, time: FoldTime): void {
  switch (event.t) {
    case "joined":
      return joined(state, event);
    case "left":
      state.workers.delete(event.worker);
      return;
    case "drained":
      return withWorker(state, event.worker, (worker) => (worker.draining = true));
    case "revoked":
      return withWorker(state, event.worker, (worker) => (worker.revoked = true));
    case "submitted":
      return submitted(state, event);
    case "claimed":
      return claimed(state, event, time);
    case "reports":
      return withPackage(state, event.package, (pack) => {
        const { package: id, epoch, values } = event;
        const run_id = pack.summary.run_id;
        mark(state, pack.watched, { package: id, run_id, kind: "reports", epoch, values });
      });
    case "requeued":
      return requeued(state, event, time);
    case "resumed":
      return resumed(state, event, time);
    case "completed":
      return withPackage(state, event.package, (pack) => {
        end(state, pack, { kind: "sealed", epoch: event.epoch, key: event.key }, event.at);
        pack.class = event.class;
        pack.result = event.result;
      });
    case "pruned":
      return withPackage(state, event.package, (pack) => {
        if (pack.epoch === event.epoch) pack.prune = event.reason;
      });
    case "cancelled":
      return withPackage(state, event.package, (pack) => {
        const { package: id, reason } = event;
        end(state, pack, { kind: "cancelled", reason }, event.at);
        const run_id = pack.summary.run_id;
        mark(state, pack.watched, { package: id, run_id, kind: "cancelled", reason });
      });
    case "given-up":
      return withPackage(state, event.package, (pack) =>
        end(state, pack, { kind: "lost", reason: event.reason }, event.at),
      );
    case "ingested":
      return ingested(state, event);
    case "kept-worker":
      return restoreWorker(state, event.worker);
    case "kept-package":
      return restorePackage(state, event.package, time);
    case "kept-ended":
      return restoreEnded(state, event.package);
    default:
      event satisfies never;
  }
}

/** Who joins again under the same name keeps what it holds. */
function joined(state: QueueState, { worker, at }: HubEventOf<"joined">): void {
  const known = state.workers.get(worker.name);
  if (known !== undefined) {
    known.facts = worker;
    known.draining = false;
    known.leaving = false;
    return;
  }
  state.workers.set(worker.name, {
    facts: worker,
    joined_at: at,
    draining: false,
    leaving: false,
    revoked: false,
    seen_at: at,
    keys: new Map(),
    leased: 0,
  });
}

function submitted(state: QueueState, { pack: summary }: HubEventOf<"submitted">): void {
  if (state.packages.has(summary.id)) return;
  const pack: PackageState = {
    summary,
    order: state.seq,
    status: "queued",
    epoch: 0,
    attempts: [],
    tries: 0,
    due_ms: 0,
    group: null,
    prune: null,
    end: null,
    class: null,
    result: null,
    watched: { experiment: summary.experiment, marks: [], before: null, after: null },
  };
  state.packages.set(summary.id, pack);
  state.waiting.add(pack);
  link(state, pack.watched);
}

function claimed(state: QueueState, event: HubEventOf<"claimed">, time: FoldTime): void {
  const { package: id, epoch, worker, key, at } = event;
  withPackage(state, id, (pack) => {
    leaveQueue(state, pack);
    const attempt: AttemptState = {
      worker,
      state: "leased",
      class: null,
      reason: "",
      claimed_at: at,
      ended_at: null,
      deadline_ms: 0,
    };
    pack.attempts[epoch - 1] = attempt;
    pack.epoch = epoch;
    pack.prune = null;
    takeLease(state, pack, attempt, time);
    withWorker(state, worker, ({ keys }) => {
      const attempts = keys.get(key) ?? [];
      attempts.push(attemptId(id, epoch));
      keys.set(key, attempts);
      if (keys.size > REMEMBERED_KEYS) keys.delete(keys.keys().next().value ?? "");
    });
    const run_id = pack.summary.run_id;
    mark(state, pack.watched, { package: id, run_id, kind: "claimed", worker, epoch });
  });
}

function requeued(state: QueueState, event: HubEventOf<"requeued">, time: FoldTime): void {
  const { package: id, epoch, reason, wait_ms, released, at } = event;
  withPackage(state, id, (pack) => {
    const attempt = pack.attempts[epoch - 1];
    if (pack.status !== "leased" || epoch !== pack.epoch || attempt === undefined) return;
    dropLease(state, pack, attempt, released ? "released" : "expired", at);
    attempt.class = event.class;
    attempt.reason = reason;
    if (POISONOUS.includes(event.class)) pack.tries += 1;
    pack.status = "queued";
    pack.due_ms = time.now_ms + wait_ms;
    if (wait_ms > 0) state.delayed.add(pack);
    else state.waiting.add(pack);
    const run_id = pack.summary.run_id;
    mark(state, pack.watched, { package: id, run_id, kind: "requeued", reason });
  });
}

function resumed(state: QueueState, event: HubEventOf<"resumed">, time: FoldTime): void {
  const { package: id, epoch } = event;
  withPackage(state, id, (pack) => {
    const attempt = pack.attempts[epoch - 1];
    if (pack.status !== "queued" || epoch !== pack.epoch || attempt === undefined) return;
    leaveQueue(state, pack);
    if (attempt.class !== null && POISONOUS.includes(attempt.class)) pack.tries -= 1;
    attempt.class = null;
    attempt.ended_at = null;
    takeLease(state, pack, attempt, time);
    const { run_id } = pack.summary;
    const { worker } = attempt;
    mark(state, pack.watched, { package: id, run_id, kind: "claimed", worker, epoch });
  });
}

function end(state: QueueState, pack: PackageState, how: End, at: number): void {
  if (pack.status === "ending") return;
  const attempt = pack.attempts[pack.epoch - 1];
  if (pack.status === "leased" && attempt !== undefined) {
    dropLease(state, pack, attempt, "over", at);
  }
  leaveQueue(state, pack);
  pack.status = "ending";
  pack.end = how;
  state.ending.add(pack);
}

function ingested(state: QueueState, { package: id }: HubEventOf<"ingested">): void {
  withPackage(state, id, (pack) => {
    if (pack.status !== "ending" || pack.end === null) return;
    state.ending.delete(pack);
    state.packages.delete(id);
    const { watched } = pack;
    mark(state, watched, { package: id, run_id: pack.summary.run_id, kind: "ingested" });
    remember(state, { id, end: pack.end, watched });
    pack.result = null;
  });
}

function leaveQueue(state: QueueState, pack: PackageState): void {
  leaveLine(pack);
  state.delayed.delete(pack);
}

function withPackage(state: QueueState, id: string, change: (pack: PackageState) => void): void {
  const pack = state.packages.get(id);
  if (pack !== undefined) change(pack);
}
