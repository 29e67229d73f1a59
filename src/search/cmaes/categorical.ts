import { exp } from "../../domain/space/portable-log.ts";

/**
 * Probabilities of every value of every categorical variable, and the step size of their natural
 * gradient (ASNG, Akimoto et al. 2019).
 */
export interface Categorical {
  probabilities: readonly Float64Array[];
  /** Length of the next step. */
  step: number;
  /** How far the gradient is from being trusted: the inverse of the step after next. */
  doubt: number;
  /** Gradients summed up with decay, and how long that sum would be if they were noise. */
  signal: Float64Array;
  gamma: number;
}

const SIGNAL_TO_NOISE = 1.5;
const TINY = 1e-8;

/** Probabilities as given, nothing learned about how far to trust a step. */
export function categoricalAt(probabilities: readonly Float64Array[]): Categorical {
  const free = probabilities.reduce((sum, row) => sum + row.length - 1, 0);
  return { probabilities, step: 1, doubt: 1, signal: new Float64Array(free), gamma: 0 };
}

/**
 * The distribution after one generation: `parents` are the value numbers of the better half, best
 * first; -1 says nothing. No value falls below `least / (K - 1)`.
 */
export function updateCategorical(
  before: Categorical,
  weights: Float64Array,
  parents: readonly (readonly number[])[],
  least: number,
): Categorical {
  const { probabilities } = before;
  const gradient = probabilities.map((row) => row.map(() => 0));
  for (const [k, choices] of parents.entries()) {
    for (const [variable, row] of gradient.entries()) {
      if (choices[variable] === -1) continue;
      for (let v = 0; v < row.length; v++) {
        const chosen = choices[variable] === v ? 1 : 0;
        row[v]! += weights[k]! * (chosen - probabilities[variable]![v]!);
      }
    }
  }
  const whitened = gradient.flatMap((row, i) => whiten(row, probabilities[i]!));
  const length = Math.sqrt(whitened.reduce((sum, g) => sum + g * g, 0));
  // All parents exactly as expected: nothing to learn, and no direction to normalise.
  if (length === 0) return before;

  const delta = 1 / before.doubt;
  const beta = delta / Math.sqrt(whitened.length);
  const push = Math.sqrt(beta * (2 - beta)) / length;
  const signal = before.signal.map((s, i) => (1 - beta) * s + push * whitened[i]!);
  const gamma = (1 - beta) ** 2 * before.gamma + beta * (2 - beta);
  const strength = signal.reduce((sum, s) => sum + s * s, 0) / SIGNAL_TO_NOISE;
  return {
    probabilities: probabilities.map((row, i) => {
      const step = before.step / (length + TINY);
      return withFloor(
        row.map((q, v) => q + step * gradient[i]![v]!),
        least / (row.length - 1),
      );
    }),
    step: delta,
    doubt: before.doubt * exp(beta * (gamma - strength)),
    signal,
    gamma,
  };
}

/** Gradient times the root of the Fisher matrix (appendix B of the same paper). */
function whiten(gradient: Float64Array, probabilities: Float64Array): number[] {
  const free = gradient.length - 1;
  const last = probabilities[free]!;
  const sum = gradient.subarray(0, free).reduce((total, g) => total + g, 0);
  return Array.from({ length: free }, (_, v) => {
    const root = Math.sqrt(probabilities[v]!);
    return gradient[v]! / root + (root * sum) / (last + Math.sqrt(last));
  });
}

/** Every probability at least `floor`; what that takes comes from those above it. */
export function withFloor(row: Float64Array, floor: number): Float64Array {
  const raised = row.map((q) => Math.max(q, floor));
  const sum = raised.reduce((total, q) => total + q, 0);
  const above = sum - floor * row.length;
  const lowered = raised.map((q) => (above > 0 ? q - ((sum - 1) * (q - floor)) / above : q));
  const total = lowered.reduce((all, q) => all + q, 0);
  return lowered.map((q) => q / total);
}
