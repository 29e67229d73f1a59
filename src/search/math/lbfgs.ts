import { dot } from "./matrix.ts";

/** The value at x; writes the gradient there into `gradient`. */
export type Differentiable = (x: Float64Array, gradient: Float64Array) => number;

export interface Minimum {
  x: Float64Array;
  value: number;
}

export interface LbfgsOptions {
  lower: Float64Array;
  upper: Float64Array;
  maxIterations: number;
  /** Stop when no entry of the projected gradient is larger. */
  tolerance: number;
}

const MEMORY = 8;

/**
 * A local minimum inside a box: limited-memory BFGS (Nocedal and Wright 2006, alg. 7.4) on the
 * variables that are not held at a bound, with a backtracking line search along the projected
 * path. Never returns a point worse than the start. A NaN or infinite value counts as too high.
 */
export function minimise(
  f: Differentiable,
  start: Float64Array,
  { lower, upper, maxIterations, tolerance }: LbfgsOptions,
): Minimum {
  const n = start.length;
  let x = project(start, lower, upper);
  let gradient = new Float64Array(n);
  let value = f(x, gradient);
  const steps: Float64Array[] = [];
  const changes: Float64Array[] = [];

  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const free = freeVariables(x, gradient, lower, upper);
    let largest = 0;
    for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(gradient[i]! * free[i]!));
    if (!(largest > tolerance)) break;

    let direction = quasiNewton(gradient, free, steps, changes);
    if (!(dot(direction, gradient) < 0)) {
      steps.length = 0;
      changes.length = 0;
      direction = gradient.map((g, i) => -g * free[i]!);
    }
    // Without curvature the first step is a tenth of a unit at most.
    const first = steps.length === 0 ? Math.min(1, 0.1 / largest) : 1;
    const next = lineSearch(f, { x, value, gradient }, direction, first, lower, upper);
    if (next === null) {
      if (steps.length === 0) break;
      steps.length = 0;
      changes.length = 0;
      continue;
    }
    const step = next.x.map((v, i) => v - x[i]!);
    const change = next.gradient.map((g, i) => g - gradient[i]!);
    const gain = value - next.value;
    if (dot(step, change) > 1e-12 * dot(change, change)) {
      steps.push(step);
      changes.push(change);
      if (steps.length > MEMORY) {
        steps.shift();
        changes.shift();
      }
    }
    ({ x, value, gradient } = next);
    if (gain <= 1e-10 * Math.max(1, Math.abs(value))) break;
  }
  return { x, value };
}

interface Point {
  x: Float64Array<ArrayBuffer>;
  value: number;
  gradient: Float64Array<ArrayBuffer>;
}

function lineSearch(
  f: Differentiable,
  from: Point,
  direction: Float64Array,
  first: number,
  lower: Float64Array,
  upper: Float64Array,
): Point | null {
  let size = first;
  for (let attempt = 0; attempt < 20; attempt++) {
    const x = project(
      from.x.map((v, i) => v + size * direction[i]!),
      lower,
      upper,
    );
    let slope = 0;
    for (let i = 0; i < x.length; i++) slope += from.gradient[i]! * (x[i]! - from.x[i]!);
    const gradient = new Float64Array(x.length);
    const value = f(x, gradient);
    if (value <= from.value + 1e-4 * slope && slope < 0) return { x, value, gradient };
    // The minimum of the parabola through both values, kept between a tenth and a half.
    const fitted = (-slope / (2 * (value - from.value - slope))) * size;
    size = fitted > 0.1 * size ? Math.min(fitted, 0.5 * size) : 0.1 * size;
  }
  return null;
}

/** 1 for variables that may move downhill, 0 for those pushed against their bound. */
function freeVariables(
  x: Float64Array,
  gradient: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
): Float64Array {
  return x.map((v, i) => {
    const held = gradient[i]! > 0 ? v <= lower[i]! : v >= upper[i]!;
    return held ? 0 : 1;
  });
}

function quasiNewton(
  gradient: Float64Array,
  free: Float64Array,
  steps: readonly Float64Array[],
  changes: readonly Float64Array[],
): Float64Array<ArrayBuffer> {
  const q = gradient.map((g, i) => -g * free[i]!);
  const weights: number[] = [];
  for (let k = steps.length - 1; k >= 0; k--) {
    const weight = dot(steps[k]!, q) / dot(steps[k]!, changes[k]!);
    weights[k] = weight;
    for (let i = 0; i < q.length; i++) q[i]! -= weight * changes[k]![i]!;
  }
  const last = steps.length - 1;
  if (last >= 0) {
    const scale = dot(steps[last]!, changes[last]!) / dot(changes[last]!, changes[last]!);
    for (let i = 0; i < q.length; i++) q[i]! *= scale;
  }
  for (let k = 0; k < steps.length; k++) {
    const weight = weights[k]! - dot(changes[k]!, q) / dot(steps[k]!, changes[k]!);
    for (let i = 0; i < q.length; i++) q[i]! += weight * steps[k]![i]!;
  }
  for (let i = 0; i < q.length; i++) q[i]! *= free[i]!;
  return q;
}

function project(
  x: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
): Float64Array<ArrayBuffer> {
  return Float64Array.from(x, (v, i) => Math.max(lower[i]!, Math.min(upper[i]!, v)));
}
