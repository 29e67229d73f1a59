import { exp } from "../../domain/space/portable-log.ts";
import { dot, timesVector } from "../math/matrix.ts";
import { symmetricEigen } from "../math/symmetric-eigen.ts";
import type { Rates } from "./rates.ts";

const TINY = 1e-8;
const SMALLEST_EIGENVALUE = 1e-30;
const LARGEST_SIGMA = 1e32;

/** The Gaussian part of the search distribution: coordinates ~ mean + sigma A N(0, C). */
export interface Gaussian {
  mean: Float64Array;
  sigma: number;
  /** C, rows one after the other. */
  covariance: Float64Array;
  /** Columns of B and square roots D of the eigenvalues: C = B D^2 B^T. */
  axes: Float64Array;
  lengths: Float64Array;
  pathSigma: Float64Array;
  pathC: Float64Array;
  /** Diagonal of A: widens coordinates with levels so that none freezes; 1 elsewhere. */
  margin: Float64Array;
}

/** A distribution that has not learned anything yet. */
export function gaussianAt(mean: Float64Array, sigma: number, covariance: Float64Array): Gaussian {
  const n = mean.length;
  return {
    mean,
    sigma,
    ...decompose(covariance, n),
    pathSigma: new Float64Array(n),
    pathC: new Float64Array(n),
    margin: new Float64Array(n).fill(1),
  };
}

/** The coordinates that a standard normal vector is mapped to. */
export function sampleAt({ mean, sigma, axes, lengths, margin }: Gaussian, normal: Float64Array) {
  const y = timesVector(
    axes,
    normal.map((z, i) => z * lengths[i]!),
  );
  return mean.map((m, i) => m + sigma * margin[i]! * y[i]!);
}

/**
 * The distribution after one generation, best solution first (Hansen 2016, eqs. 41 to 47).
 * `generation` counts from 1.
 */
export function updateGaussian(
  before: Gaussian,
  rates: Rates,
  ranked: readonly Float64Array[],
  generation: number,
): Gaussian {
  const { mean, sigma, covariance, axes, lengths, margin } = before;
  const { parents, weights, muEff, c1, cMu, cSigma, dSigma, cC, chi } = rates;
  const n = mean.length;
  const steps = ranked.map((x) => x.map((v, i) => (v - mean[i]!) / margin[i]! / sigma));

  const step = new Float64Array(n);
  for (let k = 0; k < parents; k++) {
    for (let i = 0; i < n; i++) step[i]! += weights[k]! * steps[k]![i]!;
  }
  const whiten = inverseRoot(axes, lengths);
  const pushSigma = Math.sqrt(cSigma * (2 - cSigma) * muEff);
  const whitened = timesVector(whiten, step);
  const pathSigma = before.pathSigma.map((p, i) => (1 - cSigma) * p + pushSigma * whitened[i]!);
  const length = Math.sqrt(dot(pathSigma, pathSigma));

  const expected = Math.sqrt(1 - (1 - cSigma) ** (2 * (generation + 1)));
  const hSigma = length / expected < (1.4 + 2 / (n + 1)) * chi ? 1 : 0;
  const pushC = hSigma * Math.sqrt(cC * (2 - cC) * muEff);
  const pathC = before.pathC.map((p, i) => (1 - cC) * p + pushC * step[i]!);

  const sumOfWeights = weights.reduce((sum, w) => sum + w, 0);
  const keep = 1 + c1 * (1 - hSigma) * cC * (2 - cC) - c1 - cMu * sumOfWeights;
  const updated = covariance.map((c) => keep * c);
  addOuter(updated, pathC, c1);
  for (const [k, y] of steps.entries()) {
    const weight = weights[k]!;
    const w = timesVector(whiten, y);
    addOuter(updated, y, cMu * (weight >= 0 ? weight : (weight * n) / (dot(w, w) + TINY)));
  }

  const decomposed = decompose(updated, n);
  const grown = sigma * exp((cSigma / dSigma) * (length / chi - 1));
  const smallest = Math.sqrt(SMALLEST_EIGENVALUE / decomposed.lengths[0]!);
  return {
    mean: mean.map((m, i) => m + sigma * step[i]!),
    sigma: Math.max(smallest, Math.min(LARGEST_SIGMA, grown)),
    ...decomposed,
    pathSigma,
    pathC,
    margin,
  };
}

/**
 * A solution that was not drawn from this distribution, pulled towards the mean until it is no
 * farther than a drawn one may be (Hansen 2011, "Injecting external solutions into CMA-ES", eq. 4).
 */
export function pulledIn(gaussian: Gaussian, raw: Float64Array): Float64Array {
  const { mean, sigma, axes, lengths, margin } = gaussian;
  const n = mean.length;
  const y = raw.map((v, i) => (v - mean[i]!) / margin[i]! / sigma);
  const w = timesVector(inverseRoot(axes, lengths), y);
  const far = Math.sqrt(n) + (2 * n) / (n + 2);
  const scale = Math.min(1, far / Math.sqrt(dot(w, w)));
  return scale < 1 ? mean.map((m, i) => m + scale * sigma * margin[i]! * y[i]!) : raw;
}

/** Standard deviation of each coordinate, without the margin. */
export function deviations({ sigma, covariance, mean }: Gaussian): Float64Array {
  return mean.map((_, i) => sigma * Math.sqrt(covariance[i * mean.length + i]!));
}

function decompose(
  matrix: Float64Array,
  n: number,
): Pick<Gaussian, "covariance" | "axes" | "lengths"> {
  const symmetric = matrix.map((c, at) => (c + matrix[(at % n) * n + Math.floor(at / n)]!) / 2);
  const { values, vectors } = symmetricEigen(symmetric, n);
  const lengths = values.map((value) => Math.sqrt(value < 0 ? TINY : value));
  return {
    covariance: recompose(
      vectors,
      lengths.map((d) => d * d),
    ),
    axes: vectors,
    lengths,
  };
}

function inverseRoot(axes: Float64Array, lengths: Float64Array): Float64Array {
  return recompose(
    axes,
    lengths.map((d) => 1 / d),
  );
}

/** B diag(values) B^T. */
function recompose(b: Float64Array, values: Float64Array): Float64Array {
  const n = values.length;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += b[i * n + k]! * values[k]! * b[j * n + k]!;
      matrix[i * n + j] = sum;
      matrix[j * n + i] = sum;
    }
  }
  return matrix;
}

function addOuter(matrix: Float64Array, v: Float64Array, weight: number): void {
  const n = v.length;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) matrix[i * n + j]! += weight * v[i]! * v[j]!;
  }
}
