import type { ClaimRequest } from "../../domain/dispatch/protocol.ts";
import { attemptId, parseAttemptId } from "../../domain/dispatch/run-package.ts";
import type { QueueContext } from "./context.ts";
import type { PackageState, WorkerState } from "./state.ts";
import { fits, type Offer } from "./waiting.ts";

/** An attempt as it is handed over. */
export interface Grant {
  attempt: string;
  package: string;
  epoch: number;
}

/**
 * What a claim got before, when its key was seen: those of its attempts that still hold their lease.
 * null for a new key.
 */
export function repeatedClaim(
  worker: WorkerState,
  key: string,
  queue: QueueContext,
): Grant[] | null {
  const attempts = worker.keys.get(key);
  if (attempts === undefined) return null;
  return attempts.flatMap((attempt) => {
    const parsed = parseAttemptId(attempt);
    const pack = parsed === null ? undefined : queue.state.packages.get(parsed.package);
    const holds = pack?.status === "leased" && pack.epoch === parsed?.epoch;
    return holds ? [{ attempt, package: pack.summary.id, epoch: pack.epoch }] : [];
  });
}

/** Gives a worker the package whose turn it is, of those it can run; null when there is none. */
export function claimOne(
  queue: QueueContext,
  worker: WorkerState,
  offer: Offer,
  request: Pick<ClaimRequest, "key" | "only">,
): Grant | null {
  if (!mayClaim(worker)) return null;
  const pack = request.only === null ? nextFor(queue, offer) : only(queue, request.only, offer);
  if (pack === null) return null;
  const { id } = pack.summary;
  const epoch = pack.epoch + 1;
  queue.record({ t: "claimed", package: id, epoch, worker: worker.facts.name, key: request.key });
  const { gpus } = pack.summary.needs;
  offer.gpus -= gpus;
  offer.slots -= Math.max(1, gpus);
  return { attempt: attemptId(id, epoch), package: id, epoch };
}

export function mayClaim({ draining, leaving, revoked }: WorkerState): boolean {
  return !draining && !leaving && !revoked;
}

function nextFor({ state }: QueueContext, offer: Offer): PackageState | null {
  return state.waiting.pick(offer, (id) => state.experiments.get(id)?.leased ?? 0);
}

function only({ state }: QueueContext, id: string, offer: Offer): PackageState | null {
  const pack = state.packages.get(id);
  return pack !== undefined && pack.group !== null && fits(pack.summary, offer) ? pack : null;
}

export function offerOf({ facts }: WorkerState, request: ClaimRequest): Offer {
  const { slots, gpus, time_left_s } = request;
  return {
    labels: new Set(facts.labels),
    executor_classes: new Set(facts.executor_classes),
    slots,
    gpus,
    time_left_ms: time_left_s === null ? Infinity : time_left_s * 1000,
  };
}
