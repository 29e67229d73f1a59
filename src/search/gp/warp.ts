import { ln } from "../../domain/space/portable-log.ts";

/** Squares of anything larger overflow. */
const LARGEST = 1e150;

/** Values made of losses, and what a density of the values is to be multiplied with at each. */
export interface Warped {
  values: Float64Array;
  /** Logarithm of the derivative of the value by the loss, but for one factor that all share. */
  logSlopes: Float64Array;
}

/**
 * Losses made fit for a Gaussian process: the better half keeps its shape, what is worse than the
 * median counts by the logarithm, so that a huge loss does not flatten all others. `reach` says from
 * where on: so many times the spread of the better half; with Infinity all keep their shape. The
 * values have mean 0 and deviation 1.
 */
export function warpLosses(losses: Float64Array, reach: number): Warped {
  const n = losses.length;
  const bounded = losses.map((loss) => Math.max(-LARGEST, Math.min(LARGEST, loss)));
  const sorted = bounded.slice().sort();
  const median = (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2;
  const spread =
    deviation(
      sorted.filter((loss) => loss <= median),
      median,
    ) || deviation(sorted, median);
  const unit = spread * reach;
  const isBent = unit > 0 && unit < Infinity;
  // How far beyond the median, in units: 0 where nothing is bent.
  const excess = bounded.map((loss) =>
    isBent ? Math.min(LARGEST, Math.max(0, loss - median) / unit) : 0,
  );
  const warped = bounded.map((loss, i) =>
    excess[i]! > 0 ? median + unit * ln(1 + excess[i]!) : loss,
  );
  const values = standardise(warped);
  const scale = deviation(warped, meanOf(warped)) / (spread || 1);
  const shared = scale > 0 ? -ln(scale) : 0;
  return { values, logSlopes: excess.map((x) => shared - ln(1 + x)) };
}

/** Shifted and scaled to mean 0 and deviation 1; all zeros when all values are the same. */
export function standardise(values: Float64Array): Float64Array {
  const mean = meanOf(values);
  const scale = deviation(values, mean);
  return values.map((value) => (scale > 1e-12 * Math.abs(mean) ? (value - mean) / scale : 0));
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Root mean square distance from a centre. */
function deviation(values: Float64Array, centre: number): number {
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / values.length);
}
