import type { Observations } from "./observations.ts";

/** Relative weights of observations and of the prior beside them. */
export interface Weights {
  observations: Float64Array;
  prior: number;
}

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
 * is below the best of the others; the prior weighs as much as the mean. All equal when nothing
 * else was measured. Pruned rows, whose loss is of another kind, gain nothing.
 */
export function gainWeights(rows: Observations, below: readonly number[], best: number): Weights {
  if (best === Infinity || below.length === 0) return equalWeights(below.length);
  const observations = Float64Array.from(below, (row) =>
    rows.states[row] === "complete" ? Math.max(1e-12, best - (rows.losses[row] ?? best)) : 1e-12,
  );
  const prior = observations.reduce((sum, weight) => sum + weight / below.length, 0);
  // Two finite losses may be further apart than the largest number.
  return Number.isFinite(prior) ? { observations, prior } : equalWeights(below.length);
}
