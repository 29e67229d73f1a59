import type { AttemptResult, FailureClass } from "../../domain/dispatch/attempt.ts";
import type { QueueContext } from "./context.ts";

/** What a finished attempt comes to, and why. */
export type Finish =
  | { status: "sealed"; first: boolean }
  | { status: "superseded"; by: number }
  | { status: "stale"; reason: string };

interface Finished {
  package: string;
  epoch: number;
  worker: string;
  key: string;
}

/** What complete() would say, without doing it. */
export function foreseeFinish({ state }: QueueContext, finished: Finished): Finish {
  const { package: id, epoch, worker, key } = finished;
  const pack = state.packages.get(id);
  const ending = pack?.end ?? state.ended.get(id)?.end ?? null;
  switch (ending?.kind) {
    case "sealed":
      if (ending.epoch === epoch && ending.key === key) return { status: "sealed", first: false };
      return { status: "superseded", by: ending.epoch };
    case "cancelled":
      return { status: "stale", reason: `the package was cancelled: ${ending.reason}` };
    case "lost":
      return { status: "stale", reason: `the package was given up: ${ending.reason}` };
    case undefined:
      break;
    default:
      ending satisfies never;
  }
  if (pack === undefined) return { status: "stale", reason: "the queue does not know the package" };
  const attempt = pack.attempts[epoch - 1];
  if (attempt === undefined)
    return { status: "stale", reason: "the queue never gave this attempt out" };
  if (attempt.worker !== worker) {
    return { status: "stale", reason: `the attempt is ${attempt.worker}'s` };
  }
  return { status: "sealed", first: true };
}

/**
 * The first valid result of a package is its result, whichever epoch it is of. `result` is null when
 * it lies in a file of its own.
 */
export function complete(
  queue: QueueContext,
  finished: Finished & { class: FailureClass | null; result: AttemptResult | null },
): Finish {
  const finish = foreseeFinish(queue, finished);
  if (finish.status === "sealed" && finish.first) {
    const { package: id, epoch, key, class: failure, result } = finished;
    queue.record({ t: "completed", package: id, epoch, key, class: failure, result });
  }
  return finish;
}
