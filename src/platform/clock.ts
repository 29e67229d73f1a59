import type { Clock } from "../ports.ts";

/** The clocks of this machine. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonic_ms: () => performance.now(),
};
