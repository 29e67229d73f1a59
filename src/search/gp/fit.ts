import { exp, ln } from "../../domain/space/portable-log.ts";
import { cholesky, inverseLowerHalf, solveLower, solveLowerTransposed } from "../math/cholesky.ts";
import { type Differentiable, minimise } from "../math/lbfgs.ts";
import { type Hyper, expNegative, squaredDifference } from "./kernel.ts";

/** Measurements of a function: inputs one row a point, values standardised. */
export interface Data {
  inputs: readonly Float64Array[];
  values: Float64Array;
  isChoice: readonly boolean[];
}

/**
 * Far below what can be seen in the values, so that a search goes on from there: at 1e-6, a 3-D
 * Rosenbrock stopped at 1.2 and 0.3 after 100 trials, at 1e-10 at 0.01 and 0.003.
 */
const NOISE_FLOOR = 1e-10;
const SQRT5 = Math.sqrt(5);

/** Hyper-parameters, and the negative logarithm of how probable they and the data are. */
export interface Fit {
  hyper: Hyper;
  cost: number;
}

/**
 * The most probable hyper-parameters given the data (MAP), by L-BFGS over their logarithms from
 * `start`, so many `steps`, else from length scales of 1. Priors are those of Optuna's GPSampler: exp of
 * -(0.1 / w + 0.1 w) on every weight, Gamma(2, 1) on the scale, Gamma(1.1, 30) on the noise.
 */
export function fitHyper(data: Data, start: Hyper | null, steps = 25): Fit {
  const dimensions = data.isChoice.length;
  const logs = logsOf(start ?? defaultHyper(dimensions));
  const objective = negativeLogPosterior(data);
  const { x, value } = minimise(objective, logs, {
    lower: logs.map((_, i) => (i < dimensions ? -9 : i === dimensions ? -7 : -26)),
    upper: logs.map((_, i) => (i < dimensions ? 9 : i === dimensions ? 7 : 1)),
    maxIterations: start === null ? 60 : steps,
    tolerance: 0.01 * Math.sqrt(data.values.length),
  });
  return { hyper: hyperAt(x), cost: value };
}

/** The cost of hyper-parameters as they are. */
export function costOf(data: Data, hyper: Hyper): number {
  const logs = logsOf(hyper);
  return negativeLogPosterior(data)(logs, new Float64Array(logs.length));
}

export function defaultHyper(dimensions: number): Hyper {
  return { weights: new Float64Array(dimensions).fill(1), scale: 1, noise: 1e-3 };
}

function logsOf({ weights, scale, noise }: Hyper): Float64Array {
  return Float64Array.of(...weights, scale, Math.max(1e-11, noise - NOISE_FLOOR)).map(ln);
}

function hyperAt(logs: Float64Array): Hyper {
  const dimensions = logs.length - 2;
  return {
    weights: logs.subarray(0, dimensions).map(exp),
    scale: exp(logs[dimensions]!),
    noise: exp(logs[dimensions + 1]!) + NOISE_FLOOR,
  };
}

/** What `fitHyper` minimises, over the logarithms of weights, scale and noise above its floor. */
export function negativeLogPosterior(data: Data): Differentiable {
  const n = data.values.length;
  const dimensions = data.isChoice.length;
  const squares = pairwiseSquares(data);
  const correlation = new Float64Array(n * n);
  const slope = new Float64Array(n * n);
  const covariance = new Float64Array(n * n);

  return (x, gradient) => {
    const { weights, scale, noise } = hyperAt(x);
    let pair = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++, pair += dimensions) {
        let squared = 0;
        for (let k = 0; k < dimensions; k++) squared += weights[k]! * squares[pair + k]!;
        const r = SQRT5 * Math.sqrt(squared);
        const decay = expNegative(-r);
        const at = i * n + j;
        correlation[at] = (1 + r + (r * r) / 3) * decay;
        slope[at] = (-5 / 6) * (1 + r) * decay;
        covariance[at] = scale * correlation[at];
      }
      covariance[i * n + i] = scale + noise;
    }
    const lower = cholesky(covariance, n);
    if (lower === null) return Infinity;
    const alpha = data.values.slice();
    solveLower(lower, n, alpha);
    let value = 0;
    for (let i = 0; i < n; i++) value += (alpha[i]! * alpha[i]!) / 2 + ln(lower[i * n + i]!);
    solveLowerTransposed(lower, n, alpha);
    const inverse = inverseLowerHalf(lower, n);

    gradient.fill(0);
    let byScale = 0;
    let byNoise = 0;
    pair = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++, pair += dimensions) {
        const at = i * n + j;
        // Both halves of the symmetric matrices at once: half of the trace, twice.
        const factor = inverse[at]! - alpha[i]! * alpha[j]!;
        byScale += factor * correlation[at]!;
        const common = factor * scale * slope[at]!;
        for (let k = 0; k < dimensions; k++) gradient[k]! += common * squares[pair + k]!;
      }
      const factor = (inverse[i * n + i]! - alpha[i]! * alpha[i]!) / 2;
      byScale += factor;
      byNoise += factor;
    }
    const rawNoise = noise - NOISE_FLOOR;
    for (let k = 0; k < dimensions; k++) {
      const weight = weights[k]!;
      value += 0.1 / weight + 0.1 * weight;
      gradient[k] = gradient[k]! * weight - 0.1 / weight + 0.1 * weight;
    }
    value += scale - ln(scale) + 30 * noise - 0.1 * ln(noise);
    gradient[dimensions] = byScale * scale + scale - 1;
    gradient[dimensions + 1] = (byNoise + 30 - 0.1 / noise) * rawNoise;
    return value;
  };
}

/** Squared differences of all pairs i > j, one block of all inputs a pair. */
function pairwiseSquares({ inputs, isChoice }: Data): Float64Array {
  const n = inputs.length;
  const dimensions = isChoice.length;
  const squares = new Float64Array(((n * (n - 1)) / 2) * dimensions);
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      for (let k = 0; k < dimensions; k++) {
        squares[at++] = squaredDifference(inputs[i]![k]!, inputs[j]![k]!, isChoice[k]!);
      }
    }
  }
  return squares;
}
