import { tellPending } from "../app/notify/pending.ts";
import type { Session } from "../app/session.ts";

/** What follows when runs were recorded, and need not be done for each of them. */
export interface Afterwards {
  /** A run of this experiment was recorded. */
  due(experiment: string): void;
  /** Does what is due; nothing more comes of it then. */
  stop(): Promise<void>;
}

const EVERY_MS = 500;
const TELL_MS = 5000;

/**
 * Writes the derived files at most twice a second, and tells people what happened to experiments that
 * nobody holds: whoever holds one does both for it. Trouble is a warning; the next time is another try.
 */
export function startAfterwards(session: Session): Afterwards {
  let experiments = new Set<string>();
  let timer: Timer | null = null;
  let running: Promise<void> = Promise.resolve();

  async function work(): Promise<void> {
    const due = experiments;
    experiments = new Set();
    try {
      await session.store.flush();
      for (const id of due) await tellPending(session, id, { limit_ms: TELL_MS, now: false });
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      session.lab.log.warn(`derived files are not up to date: ${said}`);
    }
  }

  function begin(): void {
    timer = null;
    running = running.then(work);
  }

  return {
    due(experiment) {
      experiments.add(experiment);
      timer ??= setTimeout(begin, EVERY_MS);
    },
    async stop() {
      if (timer !== null) {
        clearTimeout(timer);
        begin();
      }
      await running;
    },
  };
}
