import { fitsSpace } from "../domain/space/axes.ts";
import type { Space } from "../domain/space.ts";
import type { Params } from "../domain/types.ts";
import { fingerprintOf } from "../reduce/trials.ts";
import type { ExperimentView } from "../reduce/views.ts";
import type { NextTrial } from "./proposer.ts";
import type { Session } from "./session.ts";

/** `strategy` of trials that a person enqueued. */
export const ENQUEUED = "enqueued";

export interface Waiting {
  /** Tells it from whatever else waits. */
  key: string;
  trial: NextTrial;
  /** For an expired trial: the tier it was asked for. */
  expired_tier?: string;
}

/**
 * The trial that waits for this iteration: the expired one of this iteration, else the oldest
 * enqueued one. Those whose key is in `passed`, and those that do not fit the space, are passed
 * over. null when a strategy should propose.
 */
export function queuedTrial(
  view: ExperimentView,
  iteration: number,
  space: Space,
  passed: ReadonlySet<string>,
): Waiting | null {
  const isFree = (key: string, params: Params): boolean =>
    !passed.has(key) && fitsSpace(space, params);
  const expired = view.asked.find((trial) => trial.expired && trial.iteration === iteration);
  const expiredKey = `iteration ${iteration}`;
  if (expired !== undefined && isFree(expiredKey, expired.params)) {
    const { params, strategy, provenance } = expired;
    return {
      key: expiredKey,
      trial: { params, strategy, provenance },
      expired_tier: expired.tier,
    };
  }
  for (const queued of view.queued) {
    const key = fingerprintOf(queued) ?? "";
    const { params, provenance } = queued;
    if (isFree(key, params)) return { key, trial: { params, strategy: ENQUEUED, provenance } };
  }
  return null;
}

/** Warns of enqueued params that an edit of the space left outside: they wait for another edit. */
export function warnOfMisfits(session: Session, view: ExperimentView, space: Space): void {
  const misfits = view.queued.filter(({ params }) => !fitsSpace(space, params)).length;
  if (misfits === 0) return;
  session.lab.log.warn(
    `${view.id}: ${misfits} of ${view.queued.length} enqueued params do not fit the search space; skipped`,
  );
}
