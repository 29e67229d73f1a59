import { normalCdf, normalUpperQuantile } from "./distributions.ts";

/** Steps of the grid over the sum of differences, in standard deviations of one. */
const STEP = 0.05;
/** Probability mass further out than this many standard deviations is nothing. */
const REACH = 7;
/** alpha(t) = alpha * t^POWER: between Pocock (1) and O'Brien-Fleming (about 3). */
const POWER = 1.5;

const known = new Map<string, number[]>();

/**
 * Critical values for looking at a growing sample after each of `first`..`last` observations: a
 * standard normal statistic that crosses the one of its look at any time does so with probability
 * `alpha` in all, when there is no effect. Index is the number of observations; Infinity before
 * `first`.
 *
 * Error spending of Lan & DeMets (1983) with the power family of Kim & DeMets (1987); the crossing
 * probabilities by recursive integration (Armitage, McPherson & Rowe 1969; Jennison & Turnbull 2000,
 * chapter 19). Nothing is assumed about stopping early without crossing, which only lowers it.
 */
export function criticalValues(alpha: number, first: number, last: number): readonly number[] {
  const key = `${alpha} ${first} ${last}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const values = integrate(alpha, first, last);
  known.set(key, values);
  return values;
}

function integrate(alpha: number, first: number, last: number): number[] {
  const critical: number[] = Array.from({ length: first }, () => Number.POSITIVE_INFINITY);
  const low = -REACH * Math.sqrt(last);
  const size = Math.ceil((2 * REACH * Math.sqrt(last)) / STEP) + 1;
  const at = (index: number): number => low + index * STEP;
  const kernel = Array.from({ length: Math.ceil(REACH / STEP) + 1 }, (_, i) => density(i * STEP));
  let mass: number[] = Array.from(
    { length: size },
    (_, i) => density(at(i) / Math.sqrt(first)) / Math.sqrt(first),
  );
  let spent = 0;
  for (let look = first; look <= last; look += 1) {
    const share = alpha * (look / last) ** POWER - spent;
    spent += share;
    const bound =
      look === first ? normalUpperQuantile(share) * Math.sqrt(look) : boundOf(mass, share, at);
    critical.push(bound / Math.sqrt(look));
    if (look < last) mass = nextDensity(mass, bound, at, kernel);
  }
  return critical;
}

/** The sum above which `share` of the density lies. */
function boundOf(mass: readonly number[], share: number, at: (index: number) => number): number {
  let above = 0;
  for (let index = mass.length - 2; index >= 0; index -= 1) {
    const [left, right] = [mass[index] ?? 0, mass[index + 1] ?? 0];
    const cell = ((left + right) / 2) * STEP;
    if (above + cell >= share) return at(index + 1) - ((share - above) / cell) * STEP;
    above += cell;
  }
  return at(0);
}

/** Density of the sum after one more observation, of those that have not crossed `bound`. */
function nextDensity(
  mass: readonly number[],
  bound: number,
  at: (index: number) => number,
  kernel: readonly number[],
): number[] {
  const next = mass.map(() => 0);
  for (const [index, value] of mass.entries()) {
    const left = bound - at(index);
    // The cell that the bound cuts counts with its part below it.
    const weight = Math.min(1, Math.max(0, left / STEP + 0.5));
    if (weight === 0 || value < 1e-300) continue;
    const from = Math.max(0, index - kernel.length + 1);
    const to = Math.min(mass.length - 1, index + kernel.length - 1);
    for (let j = from; j <= to; j += 1) {
      next[j] = (next[j] ?? 0) + value * weight * STEP * (kernel[Math.abs(j - index)] ?? 0);
    }
  }
  return next;
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * Probability to cross the last critical value in the end, with `sum` after `n` observations and a
 * mean of `drift` for those to come (conditional power: Lan, Simon & Halperin 1982).
 */
export function chanceToCross(
  { sum, n }: { sum: number; n: number },
  drift: number,
  { last, critical }: { last: number; critical: number },
): number {
  const left = last - n;
  if (left <= 0) return sum >= critical * Math.sqrt(last) ? 1 : 0;
  return normalCdf((sum + drift * left - critical * Math.sqrt(last)) / Math.sqrt(left));
}
