import type { ClaimRequest } from "../domain/dispatch/protocol.ts";
import type { Queue } from "./queue.ts";
import { claimOne, mayClaim, offerOf, repeatedClaim, type Grant } from "./queue/claim.ts";
import type { WorkerState } from "./queue/state.ts";
import type { Offer } from "./queue/waiting.ts";

/** Workers that ask for work, those included for which there is none yet. */
export interface Claims {
  /** [] after `wait_s`, when its client is gone, or when the same claim came again meanwhile. */
  take(worker: WorkerState, request: ClaimRequest, client: Client): Promise<Grant[]>;
  /** Something can be given out that could not be before. */
  wake(): void;
  /**
   * A heartbeat of this worker would tell it something new: its claim is answered with nothing, now or
   * when it comes, so that it beats at once.
   */
  nudge(name: string): void;
  /** It was told. */
  told(name: string): void;
  /** Workers that wait now. */
  waiting(): number;
  /** What those of them have to give that may get something. */
  offers(): Offer[];
  /** Answers everybody. */
  close(): void;
}

/** Whoever asks; its signal costs something, and is looked at by those who wait only. */
interface Client {
  readonly signal: AbortSignal;
}

interface Waiter {
  worker: WorkerState;
  request: ClaimRequest;
  end(grants: Grant[]): void;
}

export function openClaims(queue: Queue): Claims {
  const waiters = new Set<Waiter>();
  const nudged = new Set<string>();
  let isWoken = false;

  function takeNow(worker: WorkerState, request: ClaimRequest): Grant[] {
    const offer = offerOf(worker, request);
    const grants: Grant[] = [];
    for (;;) {
      const grant = claimOne(queue, worker, offer, request);
      if (grant === null) return grants;
      grants.push(grant);
    }
  }

  /** One each, round and round, so that a few packages are spread over all who wait. */
  function handOut(): void {
    isWoken = false;
    const got = new Map<Waiter, Grant[]>();
    const offers = new Map([...waiters].map((one) => [one, offerOf(one.worker, one.request)]));
    let given: boolean;
    do {
      given = false;
      for (const [waiter, offer] of offers) {
        const grant = claimOne(queue, waiter.worker, offer, waiter.request);
        if (grant === null) continue;
        given = true;
        const grants = got.get(waiter);
        if (grants === undefined) got.set(waiter, [grant]);
        else grants.push(grant);
      }
    } while (given);
    for (const [waiter, grants] of got) waiter.end(grants);
  }

  function wait(worker: WorkerState, request: ClaimRequest, signal: AbortSignal): Promise<Grant[]> {
    if (signal.aborted) return Promise.resolve([]);
    return new Promise((resolve) => {
      const end = (grants: Grant[]): void => {
        waiters.delete(waiter);
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
        resolve(grants);
      };
      const giveUp = (): void => end([]);
      const waiter: Waiter = { worker, request, end };
      const timer = setTimeout(giveUp, request.wait_s * 1000);
      signal.addEventListener("abort", giveUp);
      waiters.add(waiter);
    });
  }

  return {
    async take(worker, request, client) {
      for (const waiter of waiters) {
        const isSame = waiter.worker === worker && waiter.request.key === request.key;
        if (isSame) waiter.end([]);
      }
      const { name } = worker.facts;
      const before = repeatedClaim(worker, request.key, queue);
      if (before !== null) return before;
      if (nudged.delete(name)) return [];
      const grants = takeNow(worker, request);
      if (grants.length > 0 || request.wait_s === 0) return grants;
      return wait(worker, request, client.signal);
    },
    wake() {
      if (isWoken || waiters.size === 0) return;
      isWoken = true;
      queueMicrotask(handOut);
    },
    nudge(name) {
      let waited = false;
      for (const waiter of waiters) {
        if (waiter.worker.facts.name !== name) continue;
        waited = true;
        waiter.end([]);
      }
      if (!waited) nudged.add(name);
    },
    told: (name) => void nudged.delete(name),
    waiting: () => waiters.size,
    offers: () =>
      [...waiters]
        .filter(({ worker, request }) => mayClaim(worker) && request.only === null)
        .map(({ worker, request }) => offerOf(worker, request))
        .filter(({ slots }) => slots > 0),
    close() {
      for (const waiter of waiters) waiter.end([]);
    },
  };
}
