import type { QueueContext } from "./context.ts";

/** Ends a package for good; false when it is over already, or unknown. */
export function cancel(queue: QueueContext, id: string, reason: string): boolean {
  const pack = queue.state.packages.get(id);
  if (pack === undefined || pack.status === "ending") return false;
  queue.record({ t: "cancelled", package: id, reason });
  return true;
}

/** Asks the attempt that runs now to stop; what it reported so far becomes its result. */
export function prune(queue: QueueContext, id: string, reason: string): boolean {
  const pack = queue.state.packages.get(id);
  if (pack?.status !== "leased") return false;
  if (pack.prune === null) {
    queue.record({ t: "pruned", package: id, epoch: pack.epoch, reason });
  }
  return true;
}

/** The worker finishes what it has and takes nothing more; false when there is no such worker. */
export function drain(queue: QueueContext, name: string): boolean {
  const worker = queue.state.workers.get(name);
  if (worker === undefined) return false;
  if (!worker.draining) queue.record({ t: "drained", worker: name });
  return true;
}

/** A worker that was not heard of for so long is not coming back; if it does, it joins again. */
const FORGET_AFTER_MS = 7 * 86_400_000;

/** Forgets workers that are gone for good, so that pilots do not add up. `wall_ms`: since 1970. */
export function forgetWorkers(queue: QueueContext, wall_ms: number): number {
  const gone = [...queue.state.workers.values()].filter(
    ({ seen_at, leased }) => leased === 0 && wall_ms - seen_at > FORGET_AFTER_MS,
  );
  for (const { facts } of gone) queue.record({ t: "left", worker: facts.name });
  return gone.length;
}

/** The worker has no rights any more; what it holds is given to others, and is not held against it. */
export function revoke(queue: QueueContext, name: string): boolean {
  const worker = queue.state.workers.get(name);
  if (worker === undefined) return false;
  if (!worker.revoked) queue.record({ t: "revoked", worker: name });
  const reason = `${name} was revoked`;
  for (const pack of queue.state.leased) {
    const attempt = pack.attempts[pack.epoch - 1];
    if (attempt?.worker !== name) continue;
    const { id } = pack.summary;
    const lost = { class: "preempted", reason, wait_ms: 0, released: true } as const;
    queue.record({ t: "requeued", package: id, epoch: pack.epoch, ...lost });
  }
  return true;
}
