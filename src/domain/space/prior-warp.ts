import type { Prior } from "../space.ts";
import { exp, ln } from "./portable-log.ts";

const CELLS = 1024;

/** One draw in a thousand ignores the prior, so that no legal value is out of reach. */
const EVEN_SHARE = 1e-3;

/** The narrowest normal prior, as a share of the range: two cells of the table. */
export const NARROWEST_SIGMA = 1 / 500;

/** Maps even positions to shares of the range, crowded where the prior is dense, and back. */
export interface Warp {
  share(position: number): number;
  position(share: number): number;
}

/**
 * The inverse distribution function of a prior cut to `from` .. `to`, as a table of 1024 cells with
 * straight lines between: exact in both directions, and built from additions and `exp` alone.
 */
export function warpOf(prior: Prior, from: number, to: number): Warp {
  const knots = knotsOf(prior, from, to);
  const knot = (index: number): number => knots[index] ?? 1;
  return {
    share: (position) => {
      let low = 0;
      let high = CELLS;
      while (high - low > 1) {
        const middle = (low + high) >>> 1;
        if (knot(middle) <= position) low = middle;
        else high = middle;
      }
      return (low + (position - knot(low)) / (knot(high) - knot(low))) / CELLS;
    },
    position: (share) => {
      const place = Math.max(0, Math.min(1, share)) * CELLS;
      const cell = Math.min(CELLS - 1, Math.floor(place));
      return knot(cell) + (place - cell) * (knot(cell + 1) - knot(cell));
    },
  };
}

/** The distribution function at the ends of the cells, from 0 to 1. */
function knotsOf(prior: Prior, from: number, to: number): Float64Array {
  const masses =
    prior.kind === "normal"
      ? normalMasses((prior.mu - from) / (to - from), prior.sigma / (to - from))
      : betaMasses(prior.a, prior.b);
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  const knots = new Float64Array(CELLS + 1);
  let sum = 0;
  for (const [cell, mass] of masses.entries()) {
    sum += mass / total;
    knots[cell + 1] = (1 - EVEN_SHARE) * sum + (EVEN_SHARE * (cell + 1)) / CELLS;
  }
  knots[CELLS] = 1;
  return knots;
}

function normalMasses(mu: number, sigma: number): number[] {
  // Relative to the densest place, so that a range far out in a tail does not vanish.
  const nearest = Math.max(0, Math.min(1, mu)) - mu;
  const density = (share: number): number => {
    const fall = ((share - mu) ** 2 - nearest ** 2) / (2 * sigma ** 2);
    return fall > 700 ? 0 : exp(-fall);
  };
  return Array.from({ length: CELLS }, (_, cell) => {
    const [start, end] = [cell / CELLS, (cell + 1) / CELLS];
    return density(start) + 4 * density((start + end) / 2) + density(end); // Simpson's rule
  });
}

/** The half of the density that may have a pole is integrated exactly, the other at the middle. */
function betaMasses(a: number, b: number): number[] {
  const logs = Array.from({ length: CELLS }, (_, cell) => {
    const [start, end] = [cell / CELLS, (cell + 1) / CELLS];
    const middle = (start + end) / 2;
    return middle < 0.5
      ? logIntegral(start, end, a) + (b - 1) * ln(1 - middle)
      : logIntegral(1 - end, 1 - start, b) + (a - 1) * ln(middle);
  });
  const highest = Math.max(...logs);
  return logs.map((log) => (log - highest < -700 ? 0 : exp(log - highest)));
}

/** ln of the integral of x^(a-1) from `start` to `end`. */
function logIntegral(start: number, end: number, a: number): number {
  const logEnd = a * ln(end) - ln(a);
  const ratio = start === 0 ? 0 : exp(Math.max(-700, a * (ln(start) - ln(end))));
  return logEnd + ln(1 - ratio);
}
