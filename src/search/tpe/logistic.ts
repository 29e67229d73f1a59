import { ln } from "../../domain/space/portable-log.ts";
import { cholesky, solveLower, solveLowerTransposed } from "../math/cholesky.ts";
import { dot } from "../math/matrix.ts";
import { expOrZero, log1p } from "../math/normal.ts";

const MOST_STEPS = 25;

export interface LogisticFit {
  slopes: Float64Array;
  /** Log probability of the outcomes, the slopes averaged out (Laplace; MacKay 1992). */
  evidence: number;
}

/**
 * Bayesian logistic regression: the most probable slopes when each is normal about 0 with this
 * deviation beforehand. `signs` are 1 or -1; `sigmoid(slopes . point)` is the chance of 1.
 */
export function fitLogistic(
  points: readonly Float64Array[],
  signs: readonly number[],
  deviation: number,
): LogisticFit {
  const size = points[0]?.length ?? 0;
  const precision = 1 / deviation ** 2;
  const height = (slopes: Float64Array): number =>
    points.reduce(
      (sum, point, i) => sum + logSigmoid((signs[i] ?? 1) * dot(slopes, point)),
      -0.5 * precision * dot(slopes, slopes),
    );
  let slopes = new Float64Array(size);
  let highest = height(slopes);
  let logVolume = 0;
  for (let step = 0; step < MOST_STEPS; step++) {
    const { lower, move } = newtonStep(points, signs, slopes, precision);
    if (lower === null) break;
    logVolume = logDiagonal(lower, size) - size * 0.5 * ln(precision);
    let share = 1;
    let next = moved(slopes, move, share);
    while (height(next) < highest && share > 1e-3) {
      share /= 2;
      next = moved(slopes, move, share);
    }
    const gain = height(next) - highest;
    if (!(gain > 1e-3)) break;
    slopes = next;
    highest += gain;
  }
  return { slopes, evidence: highest - logVolume };
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
  const small = expOrZero(-Math.abs(x));
  return (x >= 0 ? 1 : small) / (1 + small);
}

function logSigmoid(x: number): number {
  return Math.min(x, 0) - log1p(expOrZero(-Math.abs(x)));
}

/** The step to the top of the parabola that fits here, and the factor of its curvature. */
function newtonStep(
  points: readonly Float64Array[],
  signs: readonly number[],
  slopes: Float64Array,
  precision: number,
): { lower: Float64Array | null; move: Float64Array } {
  const size = slopes.length;
  const move = slopes.map((slope) => -precision * slope);
  const curvature = new Float64Array(size * size);
  for (let d = 0; d < size; d++) curvature[d * size + d] = precision;
  for (const [i, point] of points.entries()) {
    const sign = signs[i] ?? 1;
    const doubt = sigmoid(-sign * dot(slopes, point));
    const weight = doubt * (1 - doubt);
    for (let row = 0; row < size; row++) {
      const at = point[row] ?? 0;
      move[row] = (move[row] ?? 0) + sign * doubt * at;
      for (let column = 0; column <= row; column++) {
        const place = row * size + column;
        curvature[place] = (curvature[place] ?? 0) + weight * at * (point[column] ?? 0);
      }
    }
  }
  const lower = cholesky(curvature, size);
  if (lower !== null) {
    solveLower(lower, size, move);
    solveLowerTransposed(lower, size, move);
  }
  return { lower, move };
}

function moved(slopes: Float64Array, move: Float64Array, share: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(slopes, (slope, d) => slope + share * (move[d] ?? 0));
}

/** Half the log determinant of the matrix with this Cholesky factor. */
function logDiagonal(lower: Float64Array, size: number): number {
  let sum = 0;
  for (let d = 0; d < size; d++) sum += ln(lower[d * size + d] ?? 1);
  return sum;
}
