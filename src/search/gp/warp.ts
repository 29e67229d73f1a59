import { normalQuantile } from "../math/normal.ts";

/** Squares of anything larger overflow. */
const LARGEST = 1e150;

/**
 * Losses made fit for a Gaussian process: the better half keeps its shape, the worse half is
 * replaced by where its ranks would stand in a normal distribution (Vizier, arXiv 2408.11527), so
 * that one huge loss does not flatten all others. The result has mean 0 and deviation 1.
 */
export function warpLosses(losses: Float64Array): Float64Array {
  const n = losses.length;
  const bounded = losses.map((loss) => Math.max(-LARGEST, Math.min(LARGEST, loss)));
  const sorted = bounded.slice().sort();
  const median = (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2;
  const spread =
    deviation(
      sorted.filter((loss) => loss <= median),
      median,
    ) || deviation(sorted, median);
  const rankOf = middleRanks(sorted);
  const warped = bounded.map((loss) => {
    if (loss <= median) return loss;
    return median + spread * normalQuantile(((rankOf.get(loss) ?? 0) + 0.5) / n);
  });
  return standardise(warped);
}

/** Shifted and scaled to mean 0 and deviation 1; all zeros when all values are the same. */
export function standardise(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const scale = deviation(values, mean);
  return values.map((value) => (scale > 1e-12 * Math.abs(mean) ? (value - mean) / scale : 0));
}

/** Root mean square distance from a centre. */
function deviation(values: Float64Array, centre: number): number {
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / values.length);
}

/** Rank of each value from 0; equal values share the middle of their ranks. */
function middleRanks(sorted: Float64Array): Map<number, number> {
  const ranks = new Map<number, number>();
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    ranks.set(sorted[start]!, (start + end - 1) / 2);
  }
  return ranks;
}
