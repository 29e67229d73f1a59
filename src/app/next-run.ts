import type { RunManifest } from "../domain/manifest.ts";
import { isPromotion, PROMOTED, promotionProvenance } from "../domain/promoted.ts";
import type { Params } from "../domain/types.ts";
import { llm } from "../search/llm.ts";
import { openAsks } from "../reduce/trials.ts";
import type { ExperimentView } from "../reduce/views.ts";
import type { UnderWay } from "../schedule/tier-plan.ts";
import type { OpenProposer } from "./open-proposer.ts";
import type { NextTrial } from "./proposer.ts";
import { queuedTrial } from "./queued-trial.ts";

/** What one iteration is to evaluate, and on which tier. */
export interface NextRun {
  tier: string;
  trial: NextTrial;
  /** Tells a trial that waited from all others; null for whatever else. */
  key: string | null;
  /** What a proposal was made with; absent where nothing was proposed. */
  proposed_with?: NonNullable<RunManifest["proposed_with"]>;
  /** It is the turn of `llm`: a model is asked, and `trial` is for when it has no answer. */
  for_model?: { evaluated: readonly Params[] };
}

export interface NextRunRequest {
  iteration: number;
  /** Runs in progress here; asked trials are known from the view. */
  running: readonly UnderWay[];
  /** Keys of queued trials that were started or turned down. */
  passed: ReadonlySet<string>;
  /** Promotions that were turned down. */
  declined: readonly UnderWay[];
  /** Proposals for this iteration that somebody turned down. */
  skips: number;
  /** Tiers that may run here; all when left out. */
  mayRun?: (tier: string) => boolean;
}

/**
 * What this iteration should evaluate: the expired trial that had it, else a promotion that is due,
 * else the oldest enqueued trial, else a proposal. null when nothing may start before a run ends.
 */
export function nextRun(
  search: OpenProposer,
  view: ExperimentView,
  request: NextRunRequest,
): NextRun | null {
  const { tier, space, proposer, plan } = search;
  const { iteration, running, skips, mayRun = () => true } = request;
  const waiting = queuedTrial(view, iteration, space, request.passed);
  if (waiting?.expired_tier !== undefined) {
    // Its iteration is its own, on the tier where it was promoted to.
    const own = isPromotion(waiting.trial) ? waiting.expired_tier : tier;
    return mayRun(own) ? { ...waiting, tier: own } : null;
  }
  // An expired trial that is run again stays asked until it is sealed.
  const asked = view.asked.filter((one) => !running.some((run) => run.iteration === one.iteration));
  const underWay = [...running, ...asked];
  const due = plan.promotion([...underWay, ...request.declined], mayRun);
  if (due !== null) {
    const { origin } = due;
    const provenance = promotionProvenance(origin);
    return {
      tier: due.tier,
      key: null,
      trial: { params: origin.params ?? {}, strategy: PROMOTED, provenance },
    };
  }
  if (!mayRun(tier) || !plan.mayPropose(underWay)) return null;
  if (waiting !== null) return { ...waiting, tier };

  const here = running.filter((run) => run.tier === tier);
  const elsewhere = openAsks(view).filter((run) => run.tier === tier);
  const evaluated = [...here, ...elsewhere].flatMap(({ params }) =>
    params === null ? [] : [params],
  );
  const place = plan.placeOf(iteration, underWay);
  const trial = proposer.propose(place, evaluated, skips);
  if (trial.known_trials === undefined) return { tier, key: null, trial };
  const proposed_with = {
    trials: trial.known_trials,
    running: here.map((run) => run.iteration),
    ...(place === iteration ? {} : { place }),
  };
  const for_model = trial.strategy === llm.name ? { for_model: { evaluated } } : {};
  return { tier, key: null, trial, proposed_with, ...for_model };
}
