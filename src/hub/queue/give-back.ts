import {
  backoff_ms,
  POISON_AFTER,
  POISONOUS,
  RETRIED,
  type FailureClass,
} from "../../domain/dispatch/attempt.ts";
import type { QueueContext } from "./context.ts";
import type { PackageState } from "./state.ts";

/**
 * Ends an attempt without a result. What is the infrastructure's fault is tried again after a while;
 * anything else, and what failed on POISON_AFTER different workers, ends the package as lost.
 */
export function giveBack(
  queue: QueueContext,
  pack: PackageState,
  failure: { class: FailureClass; reason: string; released: boolean },
): void {
  const { id } = pack.summary;
  if (!RETRIED.includes(failure.class)) {
    const reason = `its worker gave it back (${failure.class}): ${failure.reason}`;
    queue.record({ t: "given-up", package: id, reason });
    return;
  }
  const tries = pack.tries + Number(POISONOUS.includes(failure.class));
  const wait_ms = Math.round(backoff_ms(tries) * (0.5 + queue.jitter() / 2));
  queue.record({ t: "requeued", package: id, epoch: pack.epoch, ...failure, wait_ms });
  const workers = poisonedWorkers(pack);
  if (workers.length >= POISON_AFTER) {
    const reason = `${workers.length} workers lost it (${workers.join(", ")}); the last: ${failure.reason}`;
    queue.record({ t: "given-up", package: id, reason });
  }
}

/** A worker gives one of its attempts back; false when the attempt is not its any more. */
export function release(
  queue: QueueContext,
  attempt: { package: string; epoch: number; worker: string },
  failure: { class: FailureClass; reason: string },
): boolean {
  const pack = queue.state.packages.get(attempt.package);
  if (pack?.status !== "leased" || pack.epoch !== attempt.epoch) return false;
  if (pack.attempts[attempt.epoch - 1]?.worker !== attempt.worker) return false;
  giveBack(queue, pack, { ...failure, released: true });
  return true;
}

/** Takes back what nobody gave a sign of life for; returns how many attempts that were. */
export function expire(queue: QueueContext): number {
  const now_ms = queue.now_ms();
  const late = [...queue.state.leased].filter(
    (pack) => (pack.attempts[pack.epoch - 1]?.deadline_ms ?? 0) <= now_ms,
  );
  for (const pack of late) {
    const worker = pack.attempts[pack.epoch - 1]?.worker ?? "its worker";
    const reason = `no sign of life of ${worker} for ${queue.lease_ms / 1000} s`;
    giveBack(queue, pack, { class: "node-lost", reason, released: false });
  }
  return late.length;
}

/** Different workers at which it failed for a reason that may be its own. */
export function poisonedWorkers({ attempts }: PackageState): string[] {
  const failed = attempts.filter(({ class: why }) => why !== null && POISONOUS.includes(why));
  return [...new Set(failed.map(({ worker }) => worker))];
}
