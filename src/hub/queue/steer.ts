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
