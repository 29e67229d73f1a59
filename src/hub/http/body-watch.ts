import type { Clock } from "../../ports.ts";

/** Watches bodies that arrive, so that nobody holds the hub by sending slowly. */
export interface BodyWatch {
  /** From now on a body is read; `cut` is called once, when it is too slow. */
  start(cut: () => void): WatchedBody;
  stop(): void;
}

export interface WatchedBody {
  /** Only the time until `arrived` counts: the hub may be slow itself. */
  waiting(): void;
  arrived(bytes: number): void;
  isCut(): boolean;
  end(): void;
}

export interface BodyPace {
  body_stall_ms: number;
  body_bytes_per_s: number;
}

interface Watched {
  /** null: it is the hub's turn. */
  since_ms: number | null;
  waited_ms: number;
  bytes: number;
  isCut: boolean;
  cut: () => void;
}

/** One timer for all bodies: a timer each would cost more than reading most of them. */
export function watchBodies(pace: BodyPace, clock: Pick<Clock, "monotonic_ms">): BodyWatch {
  const all = new Set<Watched>();
  const timer = setInterval(
    () => {
      const now = clock.monotonic_ms();
      for (const body of all) {
        if (body.since_ms === null || !isSlow(body, now - body.since_ms, pace)) continue;
        all.delete(body);
        body.isCut = true;
        body.cut();
      }
    },
    Math.min(1000, pace.body_stall_ms / 4),
  );
  timer.unref();

  return {
    start(cut) {
      const body: Watched = { since_ms: null, waited_ms: 0, bytes: 0, isCut: false, cut };
      all.add(body);
      return {
        waiting() {
          body.since_ms = clock.monotonic_ms();
        },
        arrived(bytes) {
          if (body.since_ms !== null) body.waited_ms += clock.monotonic_ms() - body.since_ms;
          body.since_ms = null;
          body.bytes += bytes;
        },
        isCut: () => body.isCut,
        end: () => void all.delete(body),
      };
    },
    stop: () => clearInterval(timer),
  };
}

function isSlow(body: Watched, silent_ms: number, pace: BodyPace): boolean {
  const waited_ms = body.waited_ms + silent_ms;
  if (silent_ms > pace.body_stall_ms) return true;
  return waited_ms > pace.body_stall_ms && (body.bytes / waited_ms) * 1000 < pace.body_bytes_per_s;
}
