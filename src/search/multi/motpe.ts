import { remember } from "../remember.ts";
import type { Space } from "../../domain/space.ts";
import type { Strategy, Trial } from "../strategy.ts";
import { TPE_RULES } from "../tpe/rules.ts";
import { tpe } from "../tpe/tpe.ts";
import { contributions, spreadFirst } from "./spread-first.ts";
import { compareStandings, standingsOf, type Standing } from "./standing.ts";

/** Trials that TPE takes for good at most. */
const MOST_GOOD = 25;

/**
 * Multi-objective TPE (Ozaki et al. 2022): good are the first fronts, and of the front that is not
 * taken whole the subset with the largest volume; each good trial counts by the volume that it alone
 * adds. TPE itself is asked with that order in place of losses, so what it knows of choices,
 * conditions, failures and running trials holds here too. With one objective it is TPE.
 */
export const motpe: Strategy = {
  name: "motpe",
  summary: "TPE for several objectives: models of the front and of the rest",
  multi: true,
  propose(request) {
    return tpe.propose({ ...request, history: inOrderOfMerit(request.space, request.history) });
  },
};

const inOrderOfMerit = remember((_: Space, history: readonly Trial[]): readonly Trial[] => {
  const isPlain = history.every(
    ({ losses, violation = 0 }) => (losses?.length ?? 1) < 2 && violation === 0,
  );
  if (isPlain) return history;
  const merits = meritsOf(history);
  return history.map((trial) => {
    const { losses: _losses, violation: _violation, ...rest } = trial;
    // What a pruned trial reported last only orders it among the pruned.
    const loss = trial.pruned_at === undefined ? (merits.get(trial) ?? null) : trial.loss;
    return { ...rest, loss };
  });
});

/** One number a trial: below 0 for the good ones, by what they add; from 0 on, the place of the rest. */
function meritsOf(history: readonly Trial[]): Map<Trial, number> {
  const standings = standingsOf(history).sort(compareStandings);
  const share = Math.ceil(TPE_RULES.default.belowShare * history.length);
  const good = goodOnes(standings, Math.min(MOST_GOOD, share));
  const isGood = new Set(good);
  const volumes = contributions(good.map(({ losses }) => losses));
  const most = Math.max(...volumes.map((volume, i) => (good[i]?.feasible ? volume : 0)), 0) || 1;
  const merits = new Map<Trial, number>();
  for (const [i, { trial, feasible }] of good.entries()) {
    // The small part keeps the order where nothing tells trials apart.
    const order = (1e-9 * (good.length - i)) / good.length;
    merits.set(trial, -((feasible ? (volumes[i] ?? 0) : 0) / most + order));
  }
  let place = 0;
  for (const standing of standings) {
    if (!isGood.has(standing)) merits.set(standing.trial, place++);
  }
  return merits;
}

/** The `wanted` first by rank; of a rank that does not fit, those that together have most volume. */
function goodOnes(standings: readonly Standing[], wanted: number): Standing[] {
  const good: Standing[] = [];
  for (const members of Map.groupBy(standings, ({ rank }) => rank).values()) {
    const places = wanted - good.length;
    if (places <= 0) break;
    const order =
      members.length <= places
        ? members
        : spreadFirst(
            members.map(({ losses }) => losses),
            places,
          ).flatMap((index) => members[index] ?? []);
    good.push(...order);
  }
  return good;
}
