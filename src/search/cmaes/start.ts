import { ln, exp } from "../../domain/space/portable-log.ts";
import { cholesky } from "../math/cholesky.ts";
import { diagonal } from "../math/matrix.ts";
import { randomStream } from "../random-stream.ts";
import { withFloor } from "./categorical.ts";
import type { Shape } from "./dimensions.ts";
import { type Distribution, type Evaluated, distributionAt } from "./distribution.ts";
import { type Gaussian, gaussianAt } from "./gaussian.ts";
import { leastMutation } from "./margin.ts";
import { defaultPopulation } from "./rates.ts";

/** First standard deviation, of the range: as Optuna's CmaEsSampler. */
const FIRST_DEVIATION = 1 / 6;
/** Fewer foreign results than this say too little to start from. */
const FEWEST_RESULTS = 5;
/** Share of foreign results to start from, and the deviation added to theirs. */
const GAMMA = 0.1;
const ALPHA = 0.1;

/**
 * The distribution of restart number `restart`. The first one starts from the middle of the space,
 * or from the results of others; later ones anywhere, with twice the population of the last (IPOP,
 * Auger and Hansen 2005).
 */
export function startingDistribution(
  shape: Shape,
  restart: number,
  others: readonly Evaluated[],
  seed: number,
): Distribution {
  const n = shape.levels.length;
  const population = defaultPopulation(n + shape.choices.length) * 2 ** restart;
  const measured = others.filter(({ loss }) => loss < Infinity);
  if (restart === 0 && measured.length >= FEWEST_RESULTS) {
    return warmStart(shape, population, measured);
  }
  const stream = randomStream(seed, restart, "cmaes restart");
  const mean = Float64Array.from(shape.levels, () => (restart === 0 ? 0.5 : stream.uniform()));
  const spread = diagonal(new Float64Array(n).fill(1));
  const gaussian = n === 0 ? null : gaussianAt(mean, FIRST_DEVIATION, spread);
  return distributionAt(shape, population, gaussian, shape.choices.map(uniformOver));
}

/** Where the best tenth of the results lie (WS-CMA-ES, arXiv 2012.06932). */
function warmStart(shape: Shape, population: number, results: readonly Evaluated[]): Distribution {
  const count = Math.ceil(GAMMA * results.length);
  const best = results
    .toSorted((a, b) => a.loss - b.loss)
    .slice(0, count)
    .map(({ solution }) => solution);
  const raws = best.map(({ raw }) => raw);
  const gaussian = shape.levels.length === 0 ? null : promisingRegion(raws, ALPHA);
  const least = leastMutation(
    shape.levels.filter((row) => row !== null).length + shape.choices.length,
  );
  const probabilities = shape.choices.map((size, variable) => {
    const row = uniformOver(size).map((q) => q / 2);
    const seen = best.map(({ choices }) => choices[variable]!).filter((value) => value >= 0);
    if (seen.length === 0) return uniformOver(size);
    for (const value of seen) row[value]! += 0.5 / seen.length;
    return withFloor(row, least / (size - 1));
  });
  return distributionAt(shape, population, gaussian, probabilities);
}

/** The Gaussian over these points widened by `alpha`, with C of determinant 1 (eqs. 5 to 7). */
export function promisingRegion(points: readonly Float64Array[], alpha: number): Gaussian {
  const n = points[0]?.length ?? 0;
  const mean = new Float64Array(n);
  for (const point of points) point.forEach((v, i) => (mean[i]! += v / points.length));
  const covariance = diagonal(new Float64Array(n).fill(alpha * alpha));
  for (const point of points) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        covariance[i * n + j]! += ((point[i]! - mean[i]!) * (point[j]! - mean[j]!)) / points.length;
      }
    }
  }
  const lower = cholesky(covariance, n);
  let logDeterminant = 0;
  for (let i = 0; i < n; i++) logDeterminant += 2 * ln(lower?.[i * n + i] ?? alpha);
  const sigma = exp(logDeterminant / (2 * n));
  return gaussianAt(
    mean,
    sigma,
    covariance.map((c) => c / (sigma * sigma)),
  );
}

function uniformOver(size: number): Float64Array {
  return new Float64Array(size).fill(1 / size);
}
