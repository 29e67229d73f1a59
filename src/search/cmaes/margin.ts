import { normalCdf, normalQuantile } from "../math/normal.ts";
import { levelNumber, middle } from "./dimensions.ts";
import type { Gaussian } from "./gaussian.ts";

const TINY = 1e-8;

/** What is remembered of each coordinate with levels from one generation to the next. */
export interface Mutation {
  /** Highest probability, so far, of leaving the level of the mean. */
  rate: Float64Array;
  /** Whether a parent of the last generation had left it. */
  succeeded: readonly boolean[];
}

export type Levels = readonly (Float64Array | null)[];

export function firstMutation(levels: Levels): Mutation {
  return {
    rate: new Float64Array(levels.length).fill(0.5 - TINY),
    succeeded: levels.map(() => false),
  };
}

/** Least probability of leaving a level, shared among all variables that are not continuous. */
export function leastMutation(variables: number): number {
  return 1 - 0.73 ** (1 / variables);
}

/**
 * Keeps every coordinate with levels able to leave its level, by moving its mean and widening its
 * margin (CatCMA with margin, arXiv 2504.07884, section 4; both results in new objects).
 */
export function correctMargin(
  gaussian: Gaussian,
  levels: Levels,
  { rate, succeeded }: Mutation,
  alpha: number,
): { gaussian: Gaussian; rate: Float64Array } {
  const n = gaussian.mean.length;
  const corrected = {
    mean: gaussian.mean.slice(),
    margin: gaussian.margin.slice(),
    rate: rate.slice(),
  };
  for (const [i, row] of levels.entries()) {
    if (row === null) continue;
    const result = correctCoordinate({
      levels: row,
      mean: gaussian.mean[i]!,
      margin: gaussian.margin[i]!,
      deviation: gaussian.sigma * Math.sqrt(gaussian.covariance[i * n + i]!),
      alpha,
      mostRate: succeeded[i]! ? null : rate[i]!,
    });
    corrected.mean[i] = result.mean;
    corrected.margin[i] = result.margin;
    corrected.rate[i] = result.rate;
  }
  const { mean, margin } = corrected;
  return { gaussian: { ...gaussian, mean, margin }, rate: corrected.rate };
}

interface Coordinate {
  levels: Float64Array;
  mean: number;
  margin: number;
  /** Standard deviation without the margin. */
  deviation: number;
  alpha: number;
  /** Cap on the rate; null after a success. */
  mostRate: number | null;
}

interface Corrected {
  mean: number;
  margin: number;
  rate: number;
}

function correctCoordinate(coordinate: Coordinate): Corrected {
  const { levels, mean, margin, deviation } = coordinate;
  const cell = levelNumber(levels, mean);
  const last = levels.length - 2;
  const low = middle(levels, Math.max(0, cell - 1));
  const high = middle(levels, Math.min(last, cell));
  const below = normalCdf((low - mean) / (margin * deviation));
  const above = normalCdf((mean - high) / (margin * deviation));
  return Math.max(below, above) > 0.5
    ? correctEnd(coordinate, levels[cell]!, high, Math.min(below, above))
    : correctInner(coordinate, low, high, below, above);
}

/** The mean is in the first or last cell: there is one border to cross. */
function correctEnd(
  { mean, margin, deviation, alpha, mostRate }: Coordinate,
  level: number,
  border: number,
  crossing: number,
): Corrected {
  const wanted = Math.max(crossing, alpha);
  const rate = clip(mostRate === null ? wanted : Math.min(wanted, mostRate));
  const widened = Math.max(margin, Math.abs(level - border) / (deviation * tailLength(alpha)));
  const distance = deviation * widened * tailLength(rate);
  return { mean: border + Math.sign(mean - border) * distance, margin: widened, rate };
}

/** The mean is between two borders: both must stay within reach. */
function correctInner(
  { deviation, alpha, mostRate }: Coordinate,
  low: number,
  high: number,
  below: number,
  above: number,
): Corrected {
  const stay = 1 - (below + above);
  const atLeast = mostRate === null ? stay : Math.max(stay, 1 - mostRate);
  const down = Math.max(below, alpha / 2);
  const up = Math.max(above, alpha / 2);
  const excess = 1 - down - up - atLeast;
  const floor = mostRate === null ? (3 * alpha) / 2 : alpha + (1 - mostRate);
  const room = down + up + atLeast - floor;
  // Without room there is nothing to take from, and nothing in excess either.
  const share = room > 1e-15 ? excess / room : 0;
  const lower = clip(down + share * (down - alpha / 2));
  const upper = clip(up + share * (up - alpha / 2));
  const toLow = tailLength(lower);
  const toHigh = tailLength(upper);
  return {
    mean: (low * toHigh + high * toLow) / (toLow + toHigh),
    margin: (high - low) / ((toLow + toHigh) * deviation),
    rate: lower + upper,
  };
}

/** Standard deviations from the mean at which a tail has this probability. */
function tailLength(probability: number): number {
  return -normalQuantile(probability);
}

function clip(probability: number): number {
  return Math.max(TINY, Math.min(0.5 - TINY, probability));
}
