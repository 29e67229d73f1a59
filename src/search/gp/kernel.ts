import { NEGLIGIBLE, fastExp } from "../math/fast-exp.ts";

/**
 * What shapes the process. `weights`: inverse squared length scale of each input; `scale`: variance
 * of the function; `noise`: variance of a measurement.
 */
export interface Hyper {
  weights: Float64Array;
  scale: number;
  noise: number;
}

const SQRT5 = Math.sqrt(5);

/** e to the power x for x <= 0, down to where it no longer matters. */
export function expNegative(x: number): number {
  return x > NEGLIGIBLE ? fastExp(x) : 0;
}

/** Squared distance of two values of one input: 0 or 1 when it has no order. */
export function squaredDifference(a: number, b: number, isChoice: boolean): number {
  if (isChoice) return a === b ? 0 : 1;
  return (a - b) * (a - b);
}

/** Matern-5/2 correlation at a squared scaled distance. */
export function matern(squared: number): number {
  const r = SQRT5 * Math.sqrt(squared);
  return (1 + r + (r * r) / 3) * expNegative(-r);
}

/** Its derivative by the squared distance. */
export function maternSlope(squared: number): number {
  const r = SQRT5 * Math.sqrt(squared);
  return (-5 / 6) * (1 + r) * expNegative(-r);
}
