import type { HubEvent } from "./events.ts";
import type { QueueState } from "./state.ts";

type WithoutTime<E> = E extends { at: number } ? Omit<E, "at"> : never;

/** What the verbs of the queue work on. They look at the state and record events, nothing else. */
export interface QueueContext {
  state: QueueState;
  lease_ms: number;
  /** Monotonic. */
  now_ms: () => number;
  /** Folds the event and hands it to the journal. */
  record(event: WithoutTime<HubEvent>): void;
  /** Between 0 and 1. */
  jitter: () => number;
}
