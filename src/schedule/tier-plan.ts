import { toLoss } from "../domain/metric.ts";
import { isPromotion, repeatKey } from "../domain/promoted.ts";
import { rerunRule } from "../domain/spec/promotion.ts";
import { openTiers, specForTier } from "../domain/spec/tiers.ts";
import type { Spec } from "../domain/spec/spec.ts";
import { isFeasible } from "../domain/objectives.ts";
import type { TrialRow } from "../domain/types.ts";

/** What the plan knows of a sealed run. */
export type PlannedRun = Pick<
  TrialRow,
  | "run_id"
  | "iteration"
  | "tier"
  | "mode"
  | "outcome"
  | "value"
  | "objectives"
  | "params"
  | "strategy"
  | "provenance"
  | "patch_sha256"
>;

/** A run that has not ended: it runs, or somebody was asked for it. */
export type UnderWay = Pick<TrialRow, "iteration" | "tier" | "params" | "provenance">;

/** A run to repeat on a dearer tier. */
export interface Promotion {
  tier: string;
  origin: PlannedRun;
}

/** What may run next on which tier: follows from the finished runs alone. */
export interface TierPlan {
  /** The promotion that is due, if one is, on a tier that `mayRun` allows; the dearest first. */
  promotion(underWay: readonly UnderWay[], mayRun?: (tier: string) => boolean): Promotion | null;
  /** Whether the tier that proposals are made for may have another run. */
  mayPropose(underWay: readonly UnderWay[]): boolean;
  /** Position of an iteration among the proposals, from 1: promotions take iterations too. */
  placeOf(iteration: number, underWay: readonly UnderWay[]): number;
  learn(run: PlannedRun): void;
}

interface Ranked {
  loss: number;
  key: string;
  run: PlannedRun;
}

interface Tier {
  name: string;
  /** Most runs it may have. */
  cap: number;
  /** Finished runs; those that were run elsewhere are not `own`. */
  finished: number;
  own: number;
  /** Best first; of equals the older one. */
  ranked: Ranked[];
  /** Candidates that were evaluated here. */
  reached: Set<string>;
}

/**
 * The plan for proposals on tier `base` and promotions from there up, after `runs`.
 *
 * - `asha`: a run is promoted as soon as it is among the best 1/eta of the finished runs of its tier
 *   and its candidate was not evaluated on the next one yet (the promotion type of Li et al. 2020,
 *   "A System for Massively Parallel Hyperparameter Tuning", algorithm 2).
 * - `top-k`: the best k of a tier are promoted when the tier has had all its runs.
 *
 * Runs that failed, were pruned or break an output constraint count as finished and are never
 * promoted; lost and cancelled ones say nothing. A candidate that failed on the next tier is not tried
 * there again. Changes of code are promoted only with `patches`: not every caller can run them.
 */
export function createTierPlan(
  spec: Spec,
  base: string,
  runs: readonly PlannedRun[],
  { patches = false } = {},
): TierPlan {
  const rule = rerunRule(spec);
  const names = openTiers(spec);
  const tiers: Tier[] = names.slice(names.indexOf(base)).map((name) => ({
    name,
    cap: specForTier(spec, name).max_runs ?? Infinity,
    finished: 0,
    own: 0,
    ranked: [],
    reached: new Set(),
  }));
  const promotedIterations = new Set<number>();

  function learn(run: PlannedRun): void {
    if (isPromotion(run)) promotedIterations.add(run.iteration);
    const tier = tiers.find(({ name }) => name === run.tier);
    if (tier === undefined || run.outcome === "lost" || run.outcome === "cancelled") return;
    tier.finished += 1;
    if (run.mode !== "imported") tier.own += 1;
    const key = repeatKey(run);
    if (key === null) return;
    tier.reached.add(key);
    const mayRepeat = patches || run.params !== null;
    if (run.value === null || !mayRepeat || !isFeasible(spec, run)) return;
    insert(tier.ranked, { loss: toLoss(spec.metric_direction, run.value), key, run });
  }

  function promotion(
    underWay: readonly UnderWay[],
    mayRun: (tier: string) => boolean = () => true,
  ): Promotion | null {
    if (rule === null) return null;
    for (let step = tiers.length - 2; step >= 0; step--) {
      const [from, to] = [tiers[step], tiers[step + 1]];
      if (from === undefined || to === undefined || !mayRun(to.name)) continue;
      const coming = underWay.filter(({ tier }) => tier === to.name);
      if (to.own + coming.length >= to.cap) continue;
      const comingKeys = new Set(coming.map(repeatKey));
      const chosen = chosenOf(step, underWay).find(
        ({ key }) => !to.reached.has(key) && !comingKeys.has(key),
      );
      if (chosen !== undefined) return { tier: to.name, origin: chosen.run };
    }
    return null;
  }

  /** The candidates of a tier that go on to the next one, whether they have done so or not. */
  function chosenOf(step: number, underWay: readonly UnderWay[]): Ranked[] {
    const tier = tiers[step];
    if (rule === null || tier === undefined) return [];
    if (rule.rule === "asha") {
      return tier.ranked.slice(0, Math.floor(tier.finished / rule.eta));
    }
    if (!isFull(step, underWay)) return [];
    return distinct(tier.ranked).slice(0, rule.k[Math.min(step, rule.k.length - 1)]);
  }

  /** Whether a tier has had all the runs that it will have. */
  function isFull(step: number, underWay: readonly UnderWay[]): boolean {
    const tier = tiers[step];
    if (tier === undefined || underWay.some((run) => run.tier === tier.name)) return false;
    if (tier.own >= tier.cap) return true;
    if (step === 0 || !isFull(step - 1, underWay)) return false;
    return chosenOf(step - 1, underWay).every(({ key }) => tier.reached.has(key));
  }

  function mayPropose(underWay: readonly UnderWay[]): boolean {
    const [tier] = tiers;
    if (tier === undefined) return true;
    return tier.own + underWay.filter((run) => run.tier === tier.name).length < tier.cap;
  }

  function placeOf(iteration: number, underWay: readonly UnderWay[]): number {
    const promoted = new Set(promotedIterations);
    for (const run of underWay) if (isPromotion(run)) promoted.add(run.iteration);
    let place = iteration;
    for (const other of promoted) if (other < iteration) place -= 1;
    return place;
  }

  for (const run of runs) learn(run);
  return { promotion, mayPropose, placeOf, learn };
}

function insert(ranked: Ranked[], entry: Ranked): void {
  let [low, high] = [0, ranked.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = ranked[middle];
    if (other !== undefined && isBefore(other, entry)) low = middle + 1;
    else high = middle;
  }
  ranked.splice(low, 0, entry);
}

function isBefore(a: Ranked, b: Ranked): boolean {
  return a.loss < b.loss || (a.loss === b.loss && a.run.iteration < b.run.iteration);
}

/** Each candidate once, at its best. */
function distinct(ranked: readonly Ranked[]): Ranked[] {
  const seen = new Set<string>();
  return ranked.filter(({ key }) => !seen.has(key) && seen.add(key));
}
