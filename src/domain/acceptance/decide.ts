import { chanceToCross, criticalValues } from "./boundaries.ts";
import { fisherUpper, normalCdf, normalUpperQuantile, studentUpper } from "./distributions.ts";

/** `acceptance` of a SPEC. */
export interface AcceptanceConfig {
  /** Smallest improvement that is worth keeping, in units of the metric. */
  min_effect: number;
  /** Most pairs of measurements, one of the candidate and one of the incumbent each. */
  repeats: number;
  /** 1 - the probability to accept a candidate that is no better, over all looks together. */
  confidence: number;
}

export const ACCEPTANCE_DEFAULTS: AcceptanceConfig = {
  min_effect: 0,
  repeats: 10,
  confidence: 0.975,
};

/** What `labctl calibrate` knows about differences between two measurements of the same code. */
export interface NoiseLevel {
  /** Standard deviation of such a difference. */
  sd: number;
  /** Degrees of freedom it was estimated with. */
  df: number;
}

export const VERDICTS = ["accepted", "rejected", "inconclusive"] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Judgement {
  /** `undecided`: one more pair is worth measuring. */
  verdict: Verdict | "undecided";
  reason: string;
  /** Mean improvement, positive is better. */
  effect: number;
  /** One-sided probability of such a result without an effect, of this look alone. */
  p: number;
  /** What p had to be below at this look. */
  p_needed: number;
}

/** Below this chance of ever being accepted, at an optimistic effect, measuring on is a waste. */
const HOPELESS = 0.1;
/** How far above the estimate that effect is, in standard errors. */
const OPTIMISM = 1.4;
/**
 * Of the allowed error, what is spent: treating successive t statistics as normal ones of the same
 * p-value costs up to a quarter more (1.00 to 1.25 times nominal by simulation, 3 to 20 pairs, 1 to
 * 5 %).
 */
const SPENT = 0.8;
/** Calibration says at most as much as so many pairs: candidates may be noisier than their parent. */
const MAX_PRIOR_DF = 10;
const NOISIER = 0.05;

/**
 * Judges the improvements seen so far, one of each pair, candidate over incumbent, positive is better.
 *
 * Student's t of the pairs is turned into a normal statistic of the same p-value and compared with the
 * critical value of this look (significance level approach: Jennison & Turnbull 2000, section 11.5.2),
 * so looking after each pair costs no error. Each comparison measures the incumbent anew, with the
 * same seeds as the candidate, so no luck of an earlier comparison carries over, and the error of each
 * of any number of comparisons is 1 - confidence.
 *
 * Giving up early is never binding and can only lower that error; so the calibrated noise, which is
 * an estimate that one loop uses again and again, serves here alone (a calibration in which nothing
 * varied at all also lets two equal improvements count).
 */
export function judge(
  improvements: readonly number[],
  config: AcceptanceConfig,
  noise: NoiseLevel | null,
): Judgement {
  const n = improvements.length;
  const effect = improvements.reduce((sum, value) => sum + value, 0) / n;
  const isExact = noise !== null && noise.sd === 0 && noise.df >= 3;
  // Two differences say next to nothing about how much they vary.
  const first = isExact ? 2 : 3;
  const last = config.repeats;
  const critical = criticalValues(SPENT * (1 - config.confidence), first, last);
  const bound = critical[Math.min(n, last)] ?? Number.POSITIVE_INFINITY;
  const p = n < 2 ? 0.5 : upperP(improvements, effect, isExact);
  const z = zOf(p);
  const facts = { effect, p, p_needed: bound === Number.POSITIVE_INFINITY ? 0 : normalCdf(-bound) };
  const pairs = `${n} ${n === 1 ? "pair" : "pairs"}`;

  if (improvements.every((value) => value === 0) && n >= (isExact ? 1 : 2)) {
    return { ...facts, verdict: "rejected", reason: `no difference in ${pairs}` };
  }
  if (z >= bound && effect >= config.min_effect) {
    return { ...facts, verdict: "accepted", reason: `better in ${pairs} (p ${shown(p)})` };
  }
  if (n >= last) {
    const isSmall = z >= bound;
    const word = isSmall
      ? "better by less than min_effect"
      : effect > 0
        ? "not clearly better"
        : "no better";
    const verdict = isSmall || effect <= 0 ? "rejected" : "inconclusive";
    return { ...facts, verdict, reason: `${word} in ${pairs} (p ${shown(p)})` };
  }
  const trend = trendZ(improvements, effect, noise, z);
  if (trend !== null) {
    const optimistic = (trend + OPTIMISM) / Math.sqrt(n);
    const end = { last, critical: critical[last] ?? Number.POSITIVE_INFINITY };
    if (chanceToCross({ sum: trend * Math.sqrt(n), n }, optimistic, end) < HOPELESS) {
      const reason = `hardly better if measured on, after ${pairs}`;
      return { ...facts, verdict: "rejected", reason };
    }
  }
  return { ...facts, verdict: "undecided", reason: `open after ${pairs}` };
}

/** One-sided p-value of the pairs alone. */
function upperP(improvements: readonly number[], mean: number, isExact: boolean): number {
  const n = improvements.length;
  const squares = squaresOf(improvements, mean);
  if (squares > 0) return studentUpper((mean / Math.sqrt(squares / (n - 1))) * Math.sqrt(n), n - 1);
  // Equal differences are exact, or chance of a coarse metric: two independent measurements of the
  // same code differ by one given amount with probability 1/4 at most (Motzkin & Straus 1965: a
  // shift has no triangles), by any positive one with 1/2, so n times by the same with 2 / 4^n.
  if (mean === 0) return 0.5;
  const chance = isExact ? 0 : 2 * 4 ** -n;
  return mean > 0 ? chance : 1 - chance;
}

/** The normal statistic that giving up goes by, with the calibrated noise as prior; null for none yet. */
function trendZ(
  improvements: readonly number[],
  mean: number,
  noise: NoiseLevel | null,
  ownZ: number,
): number | null {
  const n = improvements.length;
  const squares = squaresOf(improvements, mean);
  if (noise === null || noise.sd === 0 || noise.df < 1) return n < 2 ? null : ownZ;
  const ratio = n < 2 ? 1 : squares / (n - 1) / noise.sd ** 2;
  // These pairs vary so much more that the prior is not theirs.
  if (n >= 2 && fisherUpper(ratio, n - 1, noise.df) < NOISIER) return ownZ;
  const prior = Math.min(noise.df, MAX_PRIOR_DF);
  const df = n - 1 + prior;
  const variance = (squares + prior * noise.sd ** 2) / df;
  return zOf(studentUpper((mean / Math.sqrt(variance)) * Math.sqrt(n), df));
}

function squaresOf(improvements: readonly number[], mean: number): number {
  const squares = improvements.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  // What rounding leaves of equal values is no variation.
  return squares <= improvements.length * (1e-12 * mean) ** 2 ? 0 : squares;
}

function zOf(p: number): number {
  return normalUpperQuantile(Math.min(1 - 1e-12, Math.max(1e-300, p)));
}

function shown(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}
