import type { Documents } from "./documents.ts";

/** Removes files that nobody needs, a few at a time, so that those who wait for an answer do not notice. */
export interface Sweeper {
  later(documents: Documents, name: string): void;
  /** Leaves the rest. */
  stop(): Promise<void>;
}

/** 200 a second: about as many as runs can be sealed in that time. */
const EVERY_MS = 50;
const AT_ONCE = 10;

export function openSweeper(warn: (message: string) => void): Sweeper {
  let due: { documents: Documents; name: string }[] = [];
  /** Those before it are done. */
  let head = 0;
  let timer: Timer | null = null;
  let running: Promise<void> | null = null;
  let stopped = false;

  async function sweep(): Promise<void> {
    const some = due.slice(head, head + AT_ONCE);
    head += some.length;
    if (head > 1000) {
      due = due.slice(head);
      head = 0;
    }
    for (const { documents, name } of some) {
      try {
        await documents.remove(name);
      } catch (error) {
        warn(error instanceof Error ? error.message : String(error));
      }
    }
    running = null;
    plan();
  }

  function plan(): void {
    timer = null;
    if (due.length === head || stopped) return;
    timer = setTimeout(() => (running = sweep()), EVERY_MS);
  }

  return {
    later(documents, name) {
      due.push({ documents, name });
      if (timer === null && running === null) plan();
    },
    async stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      await running;
    },
  };
}
