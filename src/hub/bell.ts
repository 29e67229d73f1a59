/** Lets those who wait for news of a topic know that there is some. */
export interface Bell {
  ring(topic: string): void;
  /** Resolves at the next ring, after `wait_ms`, or when `signal` is aborted. */
  wait(topic: string, wait_ms: number, signal: AbortSignal): Promise<void>;
}

export function makeBell(): Bell {
  const topics = new Map<string, Set<() => void>>();
  return {
    ring(topic) {
      const waiting = topics.get(topic);
      if (waiting === undefined) return;
      topics.delete(topic);
      for (const wake of waiting) wake();
    },
    wait(topic, wait_ms, signal) {
      if (signal.aborted || wait_ms <= 0) return Promise.resolve();
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          const waiting = topics.get(topic);
          waiting?.delete(done);
          if (waiting?.size === 0) topics.delete(topic);
          resolve();
        };
        const timer = setTimeout(done, wait_ms);
        signal.addEventListener("abort", done);
        const waiting = topics.get(topic);
        if (waiting === undefined) topics.set(topic, new Set([done]));
        else waiting.add(done);
      });
    },
  };
}
