import { LabError } from "../domain/errors.ts";
import type { Clock } from "../ports.ts";
import type { Tell } from "./events.ts";
import { HubRefusal } from "./hub-refusal.ts";

/** Waits between tries, with half of it random: long only when the other side is gone for long. */
const FIRST_WAIT_MS = 250;
const EARLY_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 30_000;
const EARLY_MS = 300_000;

/** The line to the queue, as it is now. That it is cut is said once, and that it is back. */
export interface Contact {
  /**
   * Asks until there is an answer. What the other side refuses for good is thrown; `interrupted` when
   * `signal` says so, or when there is no more time: see hurry().
   */
  call<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  heard(): void;
  lost(error: LabError): void;
  isLost(): boolean;
  /** How long to wait before the next try. */
  wait_ms(): number;
  /** From now on nothing is tried for longer than this. */
  hurry(ms: number): void;
}

export function openContact(clock: Clock, tell: Tell): Contact {
  let since_ms: number | null = null;
  let tries = 0;
  let asked_ms = 0;
  const rush = new AbortController();

  const contact: Contact = {
    async call(ask, signal) {
      for (;;) {
        let busy_ms = 0;
        if (isAborted(signal)) throw givenUp();
        try {
          const answer = await ask();
          contact.heard();
          return answer;
        } catch (error) {
          if (isAborted(signal)) throw givenUp(error);
          if (!(error instanceof LabError) || error.code !== "try-later") throw error;
          // One that has too much to do now is there, and says when to come again.
          if (isBusy(error)) busy_ms = error.retry_after_ms * (1 + Math.random());
          else contact.lost(error);
          if (rush.signal.aborted) throw givenUp(error);
        }
        await pause(
          busy_ms > 0 ? busy_ms : contact.wait_ms(),
          signal === undefined ? [rush.signal] : [rush.signal, signal],
        );
      }
    },
    heard() {
      if (since_ms !== null) tell({ type: "reachable" });
      since_ms = null;
      tries = 0;
      asked_ms = 0;
    },
    lost(error) {
      if (since_ms === null) {
        since_ms = clock.monotonic_ms();
        tell({ type: "unreachable", reason: error.message });
      }
      tries += 1;
      asked_ms = retryAfter_ms(error);
    },
    isLost: () => since_ms !== null,
    wait_ms() {
      const lost_ms = since_ms === null ? 0 : clock.monotonic_ms() - since_ms;
      const longest = lost_ms < EARLY_MS ? EARLY_WAIT_MS : LONGEST_WAIT_MS;
      const wait = Math.min(longest, FIRST_WAIT_MS * 2 ** Math.min(tries, 10));
      return Math.max(asked_ms, wait * (0.5 + Math.random() / 2));
    },
    hurry(ms) {
      setTimeout(() => rush.abort(), ms).unref();
    },
  };
  return contact;
}

function isBusy(error: LabError): error is HubRefusal {
  const isOverload = error instanceof HubRefusal && [429, 503].includes(error.status);
  return isOverload && error.retry_after_ms > 0;
}

function retryAfter_ms(error: LabError): number {
  return error instanceof HubRefusal ? Math.min(error.retry_after_ms, LONGEST_WAIT_MS) : 0;
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function givenUp(cause?: unknown): LabError {
  return new LabError("interrupted", "the queue was not asked any longer", { cause });
}

/** Sleeps, or until one of the signals. */
export function pause(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some((signal) => signal.aborted)) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.max(0, ms));
    for (const signal of signals) signal.addEventListener("abort", end, { once: true });
  });
}
