import type { Observations } from "./observations.ts";

/** Relative weights of observations and of the prior beside them. */
export interface Weights {
  observations: Float64Array;
  prior: number;
}

/** Of the largest weight. */
const LEAST = 1e-12;

/** As many newest observations have full weight. */
const YOUNG = 25;

export function equalWeights(count: number): Weights {
  return { observations: new Float64Array(count).fill(1), prior: 1 };
}

/** Optuna's `default_weights`: the newest 25 count in full, older ones less and less to 1/n. */
export function ageWeights(count: number): Weights {
  const weights = equalWeights(count);
  const old = count - YOUNG;
  for (let i = 0; i < old; i++) {
    const share = old === 1 ? 0 : i / (old - 1);
    weights.observations[i] = 1 / count + share * (1 - 1 / count);
  }
  return weights;
}

/**
 * Weights for expected improvement (Watanabe, arXiv 2304.11127): by how much the loss of each row
 * is below `best`, that of the best other trial; the prior weighs as much as the mean. All equal
 * when there is no other. What a pruned row reported last is no loss, and gains nothing.
 */
export function gainWeights(rows: Observations, below: readonly number[], best: number): Weights {
  const gains = below.map((row) =>
    rows.states[row] === "complete" ? best - (rows.losses[row] ?? best) : 0,
  );
  const most = Math.max(...gains);
  if (!(most > 0 && most < Infinity)) return equalWeights(below.length);
  const observations = Float64Array.from(gains, (gain) => Math.max(LEAST, gain / most));
  const sum = observations.reduce((total, weight) => total + weight, 0);
  return { observations, prior: sum / below.length };
}
