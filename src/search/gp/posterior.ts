import {
  appendRow,
  choleskyWithJitter,
  solveLower,
  solveLowerTransposed,
} from "../math/cholesky.ts";
import { dot } from "../math/matrix.ts";
import type { Data } from "./fit.ts";
import { type Hyper, matern, maternSlope, squaredDifference } from "./kernel.ts";

/** What is believed about the function value at one point. */
export interface Belief {
  mean: number;
  variance: number;
}

export interface Posterior {
  hyper: Hyper;
  data: Data;
  /** Mean and variance of the function (without noise) at inputs. */
  at(inputs: Float64Array): Belief;
  /** The same, and writes the slopes of both by every input (0 for choices). */
  slopesAt(inputs: Float64Array, byMean: Float64Array, byVariance: Float64Array): Belief;
  /** The process after it is told that the value at inputs was `value`. */
  told(inputs: Float64Array, value: number): Posterior;
}

const SMALLEST_VARIANCE = 1e-12;

/** Variance of the noise from which on it counts, in that of all values. */
const NOISY = 1e-4;

/**
 * Whether measurements are so far from the function that the lowest is the luckiest one. Where it is
 * smooth and exact, the noise fitted was at its floor after 50 trials, else above 3e-4 (12 problems).
 */
export function isNoisy({ hyper }: Posterior): boolean {
  return hyper.noise > NOISY;
}

/** A Gaussian process that has seen the data (Rasmussen and Williams 2006, alg. 2.1). */
export function posterior(data: Data, hyper: Hyper): Posterior {
  const n = data.inputs.length;
  const covariance = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      covariance[i * n + j] = hyper.scale * matern(distance(data, hyper, i, data.inputs[j]!));
    }
    covariance[i * n + i] = hyper.scale + hyper.noise;
  }
  return conditioned(data, hyper, choleskyWithJitter(covariance, n));
}

function conditioned(data: Data, hyper: Hyper, lower: Float64Array): Posterior {
  const n = data.inputs.length;
  const { scale, weights } = hyper;
  const alpha = data.values.slice();
  solveLower(lower, n, alpha);
  solveLowerTransposed(lower, n, alpha);

  const believe = (k: Float64Array): Belief => {
    const mean = dot(k, alpha);
    solveLower(lower, n, k);
    return { mean, variance: Math.max(SMALLEST_VARIANCE, scale - dot(k, k)) };
  };
  return {
    hyper,
    data,
    at: (inputs) => believe(covariances(data, hyper, inputs, n)),
    slopesAt(inputs, byMean, byVariance) {
      const k = covariances(data, hyper, inputs, n);
      const belief = believe(k);
      solveLowerTransposed(lower, n, k);
      byMean.fill(0);
      byVariance.fill(0);
      for (let i = 0; i < n; i++) {
        const slope = 2 * scale * maternSlope(distance(data, hyper, i, inputs));
        const point = data.inputs[i]!;
        for (let j = 0; j < inputs.length; j++) {
          if (data.isChoice[j]) continue;
          const change = slope * weights[j]! * (inputs[j]! - point[j]!);
          byMean[j]! += change * alpha[i]!;
          byVariance[j]! -= 2 * change * k[i]!;
        }
      }
      return belief;
    },
    told(inputs, value) {
      const row = covariances(data, hyper, inputs, n + 1);
      row[n] = scale + hyper.noise;
      const values = new Float64Array(n + 1);
      values.set(data.values);
      values[n] = value;
      const more = { ...data, inputs: [...data.inputs, inputs], values };
      return conditioned(more, hyper, appendRow(lower, n, row, hyper.noise));
    },
  };
}

function covariances(data: Data, hyper: Hyper, inputs: Float64Array, size: number): Float64Array {
  const k = new Float64Array(size);
  for (let i = 0; i < data.inputs.length; i++) {
    k[i] = hyper.scale * matern(distance(data, hyper, i, inputs));
  }
  return k;
}

function distance(data: Data, { weights }: Hyper, i: number, inputs: Float64Array): number {
  const point = data.inputs[i]!;
  let squared = 0;
  for (let k = 0; k < inputs.length; k++) {
    squared += weights[k]! * squaredDifference(point[k]!, inputs[k]!, data.isChoice[k]!);
  }
  return squared;
}
