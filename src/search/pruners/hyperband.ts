import { pruneAtRung } from "./asha.ts";
import type { Pruner } from "./pruner.ts";

/**
 * Hyperband as asynchronous brackets (Li et al. 2018; Li et al. 2020, section 3.2): bracket s starts
 * its rungs at min_step * eta^s. Runs take the brackets in turn, each as often as its share of a
 * Hyperband round, so early stopping is hedged against runs that start slowly.
 */
export const hyperband: Pruner = {
  name: "hyperband",
  summary: "asha with several first rungs, as a hedge against slow starters",
  prune({ own, others, iteration }, { eta, min_step, max_step }) {
    const brackets = Math.max(1, Math.floor(Math.log(max_step / min_step) / Math.log(eta)) + 1);
    const bracket = bracketOf(iteration, brackets, eta);
    return pruneAtRung(own, others, eta, min_step * eta ** bracket);
  },
};

/** Bracket s of S+1 gets about eta^(S-s) of every round's runs, at least one. */
export function bracketOf(iteration: number, brackets: number, eta: number): number {
  const shares = Array.from({ length: brackets }, (_, s) => Math.ceil(eta ** (brackets - 1 - s)));
  let place = (iteration - 1) % shares.reduce((sum, share) => sum + share, 0);
  for (const [bracket, share] of shares.entries()) {
    if (place < share) return bracket;
    place -= share;
  }
  return 0;
}
