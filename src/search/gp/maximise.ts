import { minimise } from "../math/lbfgs.ts";
import { sobolPoints } from "../math/sobol.ts";
import type { RandomStream } from "../random-stream.ts";
import type { Acquisition } from "./acquisition.ts";
import { type Feature, inputsAt } from "./features.ts";
import { expNegative } from "./kernel.ts";

const SCATTERED = 512;
const NEARBY = 128;
const STARTS = 6;
const SWEEPS = 6;
/** Values tried a sweep on an input with very many. */
const MOST_VALUES = 32;

interface Scored {
  inputs: Float64Array;
  score: number;
}

/**
 * Inputs in falling order of promise, local maxima first: points all over the space and around the
 * `anchors`, the best of them improved by L-BFGS on the real inputs, in units of their length
 * scales, in turn with trying the other values of each remaining input.
 */
export function maximise(
  acquisition: Acquisition,
  features: readonly Feature[],
  anchors: readonly Float64Array[],
  lengthScales: Float64Array,
  stream: RandomStream,
): Float64Array[] {
  const score = (inputs: Float64Array): Scored => ({ inputs, score: acquisition.at(inputs) });
  const scattered = sobolPoints(0, SCATTERED, features.length, stream).map((point) =>
    score(inputsAt(features, point)),
  );
  const nearby: Scored[] = [];
  for (let i = 0; anchors.length > 0 && i < NEARBY; i++) {
    nearby.push(score(neighbour(features, anchors[i % anchors.length]!, stream)));
  }
  const all = [...scattered, ...nearby].sort((a, b) => b.score - a.score);
  const starts = [
    ...anchors.slice(0, 1).map(score),
    ...nearby.sort((a, b) => b.score - a.score).slice(0, 1),
    ...roulette(all, STARTS - 2, stream),
  ];
  const optima = starts
    .map((start) => climb(acquisition, features, start, lengthScales, stream))
    .sort((a, b) => b.score - a.score);
  return [...optima, ...all].map(({ inputs }) => inputs);
}

/** The best one and others drawn with probability in proportion to exp(score). */
function roulette(sorted: readonly Scored[], count: number, stream: RandomStream): Scored[] {
  const [best] = sorted;
  if (best === undefined) return [];
  const chosen = [best];
  const rest = new Set(sorted.slice(1));
  while (chosen.length < count && rest.size > 0) {
    const weight = ({ score }: Scored): number => expNegative(score - best.score);
    let total = 0;
    for (const one of rest) total += weight(one);
    let left = stream.uniform() * total;
    let drawn: Scored | undefined;
    for (const one of rest) {
      drawn ??= one;
      left -= weight(one);
      if (left > 0) continue;
      drawn = one;
      break;
    }
    if (drawn === undefined) break;
    rest.delete(drawn);
    chosen.push(drawn);
  }
  return chosen;
}

function neighbour(
  features: readonly Feature[],
  from: Float64Array,
  stream: RandomStream,
): Float64Array {
  // From a fifth of the range down to a two-thousandth, evenly over the logarithm.
  const step = 0.2 * expNegative(-4.6 * stream.uniform());
  const change = Math.min(1, 2 / features.length);
  return Float64Array.from(features, ({ kind, values }, i) => {
    const at = from[i]!;
    if (kind === "real") return clamp(at + step * stream.normal(), 0, 1);
    if (!stream.chance(change / 2)) return at;
    if (kind === "choice") return values[stream.integer(values.length)]!;
    const level = values.indexOf(at) + (stream.chance(0.5) ? 1 : -1);
    return values[clamp(level, 0, values.length - 1)]!;
  });
}

/** The local maximum above a start: real inputs and the others in turn until neither moves it. */
function climb(
  acquisition: Acquisition,
  features: readonly Feature[],
  start: Scored,
  lengthScales: Float64Array,
  stream: RandomStream,
): Scored {
  const real = features.flatMap(({ kind }, i) => (kind === "real" ? [i] : []));
  const discrete = features.flatMap(({ kind }, i) => (kind === "real" ? [] : [i]));
  let best = start;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const before = best.score;
    if (real.length > 0) best = climbReal(acquisition, best, real, lengthScales);
    for (const i of discrete) best = tryValues(acquisition, best, i, features[i]!, stream);
    if (discrete.length === 0 || !(best.score > before + 1e-6)) break;
  }
  return best;
}

function climbReal(
  acquisition: Acquisition,
  start: Scored,
  real: readonly number[],
  lengthScales: Float64Array,
): Scored {
  const scale = Float64Array.from(real, (i) => lengthScales[i]!);
  const inputs = start.inputs.slice();
  const slopes = new Float64Array(inputs.length);
  const place = (x: Float64Array): void => {
    for (const [k, i] of real.entries()) inputs[i] = clamp(x[k]! * scale[k]!, 0, 1);
  };
  const { x, value } = minimise(
    (at, gradient) => {
      place(at);
      const score = acquisition.slopesAt(inputs, slopes);
      for (const [k, i] of real.entries()) gradient[k] = -slopes[i]! * scale[k]!;
      return -score;
    },
    Float64Array.from(real, (i, k) => start.inputs[i]! / scale[k]!),
    {
      lower: new Float64Array(real.length),
      upper: scale.map((length) => 1 / length),
      maxIterations: 40,
      tolerance: 0.01,
    },
  );
  if (!(-value > start.score)) return start;
  place(x);
  return { inputs, score: -value };
}

function tryValues(
  acquisition: Acquisition,
  start: Scored,
  i: number,
  { values }: Feature,
  stream: RandomStream,
): Scored {
  let best = start;
  const some =
    values.length <= MOST_VALUES ? values : stream.shuffle([...values]).slice(0, MOST_VALUES);
  for (const value of some) {
    if (value === start.inputs[i]) continue;
    const inputs = start.inputs.slice();
    inputs[i] = value;
    const score = acquisition.at(inputs);
    if (score > best.score) best = { inputs, score };
  }
  return best;
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
