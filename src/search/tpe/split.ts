import type { Observations } from "./observations.ts";
import type { TpeRules } from "./rules.ts";

/** Row numbers of the good and of the bad trials, oldest first. */
export interface Split {
  below: number[];
  above: number[];
}

const MOST_BELOW = 25;

/**
 * Splits the first `count` observations, or those of them that `includes` lets in, after Optuna's
 * `_split_trials`: below are the best complete ones, then the pruned ones that came furthest, then
 * those with the lowest last report. Failed and running ones are above, when the rules know them
 * at all.
 */
export function splitObservations(
  rows: Observations,
  count: number,
  rules: TpeRules,
  includes: (row: number) => boolean = () => true,
): Split {
  const used: number[] = [];
  const measured: number[] = [];
  let running = 0;
  for (let row = 0; row < count; row++) {
    const state = rows.states[row];
    if (!isUsed(state, rules) || !includes(row)) continue;
    used.push(row);
    if (state === "complete" || state === "pruned") measured.push(row);
    if (state === "running") running++;
  }
  const share = Math.ceil(rules.belowShare * (used.length - running));
  const below = bestRows(rows, measured, Math.min(share, MOST_BELOW, measured.length));
  const isBelow = new Set(below);
  return {
    below: below.sort((a, b) => a - b),
    above: used.filter((row) => !isBelow.has(row)),
  };
}

function isUsed(state: Observations["states"][number] | undefined, rules: TpeRules): boolean {
  if (state === "failed") return rules.failures === "bad";
  if (state === "running") return rules.running === "bad";
  return state === "complete" || state === "pruned";
}

/** The `wanted` best of these rows in order of merit, by insertion into a short list. */
function bestRows(rows: Observations, measured: readonly number[], wanted: number): number[] {
  const best: number[] = [];
  if (wanted === 0) return best;
  for (const row of measured) {
    const last = best[wanted - 1];
    if (last !== undefined && !isBetter(rows, row, last)) continue;
    let place = Math.min(best.length, wanted - 1);
    while (place > 0 && isBetter(rows, row, best[place - 1] ?? 0)) {
      best[place] = best[place - 1] ?? 0;
      place--;
    }
    best[place] = row;
  }
  return best;
}

/** Whether row a ranks before row b, which is older: equals keep their order. */
function isBetter(rows: Observations, a: number, b: number): boolean {
  const complete = rows.states[a] === "complete";
  if (complete !== (rows.states[b] === "complete")) return complete;
  if (!complete) {
    const stepA = rows.steps[a] ?? 0;
    const stepB = rows.steps[b] ?? 0;
    // A trial without a report ranks last; comparisons with its NaN are false.
    if (Number.isNaN(stepB) && !Number.isNaN(stepA)) return true;
    if (stepA !== stepB) return stepA > stepB;
  }
  const lossA = rows.losses[a] ?? Infinity;
  const lossB = rows.losses[b] ?? Infinity;
  return lossA < lossB || (Number.isNaN(lossB) && !Number.isNaN(lossA));
}
