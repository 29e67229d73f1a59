import { ln } from "../../domain/space/portable-log.ts";
import { NEGLIGIBLE, fastExp } from "../math/fast-exp.ts";
import { normalCdf } from "../math/normal.ts";
import { normalLogMass, truncatedQuantile } from "../math/truncated-normal.ts";
import type { RandomStream } from "../random-stream.ts";
import { neighbourBandwidths } from "./bandwidth.ts";
import type { Dimension } from "./dimension.ts";
import { quickTail } from "./quick-tail.ts";

import type { TpeRules } from "./rules.ts";
import type { Weights } from "./weights.ts";

/**
 * A Parzen estimator: a weighted sum of kernels, one an observation and the prior last, each the
 * product of one factor a dimension. Matrices have a row of `dimensions.length` a kernel.
 *
 * A number's factor is a normal about the observed position, cut off at the bounds; a choice's is
 * 1 + 1/n for the observed one to 1/n for every other, n being the number of kernels. Where an
 * observation has no value the factor is flat.
 */
export interface Mixture {
  dimensions: readonly Dimension[];
  kernels: number;
  /** Normalised. */
  weights: Float64Array;
  /** Positions and numbers of choices, NaN for none. */
  centres: Float64Array;
  /** Bandwidths of numbers, Infinity where there is no centre. */
  deviations: Float64Array;
  /** For dimensions taken as densities: 1 / (2 variance), 0 where there is no centre. */
  sharpness: Float64Array;
  /** Logarithm of each kernel's weight over the normalisers of its factors. */
  constants: Float64Array;
  /** Log factors of choices, by dimension: the observed one, another, any where none is observed. */
  hit: Float64Array;
  miss: Float64Array;
  flat: Float64Array;
  /** The prior's factors in dimensions taken as densities: their log at 0.5, and their sharpness. */
  priorPeak: Float64Array;
  priorSharpness: Float64Array;
  /** The first `smooth` dimensions are densities, those up to `numbers` bins, the rest choices. */
  smooth: number;
  numbers: number;
}

/** What a fit goes by: rules, and how wide this ask looks (see `BandwidthRules.narrowest`). */
export interface FitRules extends Pick<TpeRules, "bandwidth" | "cells"> {
  breadth: number;
}

/** Fits a mixture to observations, given as a matrix like `centres` without the prior's row. */
export function fitMixture(
  dimensions: readonly Dimension[],
  observations: Float64Array,
  weights: Weights,
  rules: FitRules,
): Mixture {
  const width = dimensions.length;
  const count = weights.observations.length;
  const kernels = count + 1;
  const centres = new Float64Array(kernels * width);
  centres.set(observations);
  const numbers = dimensions.filter(({ kind }) => kind !== "choice").length;
  const continuous = dimensions.filter(({ kind }) => kind === "continuous").length;
  centres.fill(0.5, count * width, count * width + numbers);
  centres.fill(Number.NaN, count * width + numbers);
  const mixture: Mixture = {
    dimensions,
    kernels,
    weights: normalised(weights),
    centres,
    deviations: new Float64Array(kernels * width),
    sharpness: new Float64Array(kernels * width),
    constants: new Float64Array(kernels),
    hit: new Float64Array(width),
    miss: new Float64Array(width),
    flat: new Float64Array(width),
    priorPeak: new Float64Array(width),
    priorSharpness: new Float64Array(width),
    smooth: rules.cells === "blur" ? numbers : continuous,
    numbers,
  };
  // Products of normalisers, so that one logarithm does for many dimensions.
  const volumes = new Float64Array(kernels).fill(1);
  for (const [d, dimension] of dimensions.slice(0, numbers).entries()) {
    fitNumber(mixture, dimension, d, rules, volumes);
  }
  for (let k = 0; k < kernels; k++) takeLog(mixture, k, mixture.weights[k] ?? 1, volumes);
  fitChoices(mixture);
  return mixture;
}

/** Adds ln(weight / volume) to a kernel's constant and starts its volume anew. */
function takeLog({ constants }: Mixture, k: number, weight: number, volumes: Float64Array): void {
  constants[k] = (constants[k] ?? 0) + ln(weight) - ln(volumes[k] ?? 1);
  volumes[k] = 1;
}

function normalised({ observations, prior }: Weights): Float64Array {
  const weights = new Float64Array(observations.length + 1);
  weights.set(observations);
  weights[observations.length] = observations.length === 0 ? 1 : prior;
  let sum = 0;
  for (const weight of weights) sum += weight;
  return weights.map((weight) => weight / sum);
}

function fitNumber(
  mixture: Mixture,
  dimension: Dimension,
  d: number,
  rules: FitRules,
  volumes: Float64Array,
): void {
  const { kernels, centres, deviations, sharpness } = mixture;
  const width = mixture.dimensions.length;
  const positions = new Float64Array(kernels - 1);
  for (let k = 0; k < kernels - 1; k++) positions[k] = centres[k * width + d] ?? 0;
  const narrowest = rules.bandwidth.narrowest(kernels - 1, rules.breadth);
  const bandwidths = neighbourBandwidths(positions, narrowest);
  const isSmooth = d < mixture.smooth;
  for (let k = 0; k < kernels; k++) {
    const at = k * width + d;
    const centre = centres[at] ?? 0;
    if (Number.isNaN(centre)) {
      deviations[at] = Infinity;
      continue;
    }
    const bin = dimension.kind === "ordered" ? binWidth(dimension, centre) : 0;
    // The prior's kernel is as wide as the range.
    const bandwidth =
      k === kernels - 1 ? 1 : Math.max(bandwidths[k] ?? 1, Math.min(1, rules.bandwidth.bins * bin));
    deviations[at] = bandwidth;
    let volume = volumes[k] ?? 1;
    if (isSmooth) {
      const deviation = blurred(bandwidth, bin);
      const integral = ROOT_TWO_PI * deviation * massInside(centre, deviation, rules);
      const sharp = 0.5 / (deviation * deviation);
      sharpness[at] = sharp;
      volume *= integral;
      if (k === kernels - 1) {
        mixture.priorPeak[d] = -ln(integral);
        mixture.priorSharpness[d] = sharp;
      }
    } else {
      volume *= massInside(centre, bandwidth, rules);
    }
    volumes[k] = volume;
    if (volume < 1e-250) takeLog(mixture, k, 1, volumes);
  }
}

const ROOT_TWO_PI = 2.5066282746310002;

/** ln(Phi(0.5) - Phi(-0.5)): the share of the prior's normal that lies in the range. */
const LOG_PRIOR_MASS = normalLogMass(-0.5, 0.5);

function fitChoices({ dimensions, kernels, numbers, hit, miss, flat }: Mixture): void {
  for (let d = numbers; d < dimensions.length; d++) {
    const count = dimensions[d]?.axis.count ?? 1;
    hit[d] = ln((kernels + 1) / (kernels + count));
    miss[d] = -ln(kernels + count);
    flat[d] = -ln(count);
  }
}

function binWidth(dimension: Dimension, centre: number): number {
  const { left, right } = dimension.cell(centre);
  return right - left;
}

/** The deviation of a normal plus something uniform over a bin. */
function blurred(deviation: number, bin: number): number {
  return bin === 0 ? deviation : Math.sqrt(deviation * deviation + (bin * bin) / 12);
}

/** Share of a normal that lies in the range; its centre does, so only tails are missing. */
function massInside(centre: number, deviation: number, { cells }: FitRules): number {
  const low = centre / deviation;
  const high = (1 - centre) / deviation;
  return cells === "blur"
    ? 1 - quickTail(low) - quickTail(high)
    : 1 - normalCdf(-low) - normalCdf(-high);
}

/**
 * The logarithm of the density at a point: positions and numbers of choices, NaN where a parameter
 * is not active. Observations of other branches, which have a value there, say nothing about it.
 */
export function logDensity(mixture: Mixture, point: Float64Array): number {
  const { dimensions, kernels, centres, deviations, sharpness, constants } = mixture;
  const { smooth, numbers } = mixture;
  const width = dimensions.length;
  const { hit, miss, flat } = mixture;
  const bins = binsAt(mixture, point);
  const { left, right } = bins;
  // Infinitely far from every position.
  const place = point.map((at) => (Number.isNaN(at) ? Infinity : at));
  let highest = logPrior(mixture, point, bins);
  let sum = 1;
  for (let k = 0; k < kernels - 1; k++) {
    const start = k * width;
    let log = constants[k] ?? 0;
    let d = 0;
    // Factors only take away: a kernel that is already negligible stays so.
    const enough = highest + NEGLIGIBLE;
    for (; d < smooth && log >= enough; d++) {
      const sharp = sharpness[start + d] ?? 0;
      const off = (place[d] ?? 0) - (centres[start + d] ?? 0);
      if (sharp > 0) log -= off * off * sharp;
    }
    for (; d < numbers && log >= enough; d++) {
      const centre = centres[start + d] ?? 0;
      const deviation = deviations[start + d] ?? 1;
      const from = left[d] ?? 0;
      const to = right[d] ?? 1;
      if (deviation === Infinity) log += to > from ? ln(to - from) : 0;
      else log += normalLogMass((from - centre) / deviation, (to - centre) / deviation);
    }
    for (; d < width && log >= enough; d++) {
      const choice = centres[start + d] ?? 0;
      const at = point[d] ?? 0;
      if (choice === at) log += hit[d] ?? 0;
      else if (Number.isNaN(choice)) log += Number.isNaN(at) ? 0 : (flat[d] ?? 0);
      else log += Number.isNaN(at) ? -Infinity : (miss[d] ?? 0);
    }
    if (log < enough) continue;
    if (log > highest) {
      sum = sum * (highest - log < NEGLIGIBLE ? 0 : fastExp(highest - log)) + 1;
      highest = log;
    } else {
      sum += fastExp(log - highest);
    }
  }
  return highest + ln(sum);
}

/** The part of the prior, which is the last kernel and on every branch. */
function logPrior(mixture: Mixture, point: Float64Array, { left, right }: Bins): number {
  const { dimensions, kernels, weights, smooth, numbers } = mixture;
  let log = ln(weights[kernels - 1] ?? 1);
  for (let d = 0; d < dimensions.length; d++) {
    const at = point[d] ?? 0;
    if (Number.isNaN(at)) continue;
    const off = at - 0.5;
    if (d < smooth)
      log += (mixture.priorPeak[d] ?? 0) - off * off * (mixture.priorSharpness[d] ?? 0);
    else if (d >= numbers) log += mixture.flat[d] ?? 0;
    else log += normalLogMass((left[d] ?? 0) - 0.5, (right[d] ?? 1) - 0.5) - LOG_PRIOR_MASS;
  }
  return log;
}

interface Bins {
  left: Float64Array;
  right: Float64Array;
}

const NO_BINS: Bins = { left: new Float64Array(), right: new Float64Array() };

/** The bins that the point lies in, for dimensions that go by bins; empty ones where it has none. */
function binsAt({ dimensions, smooth, numbers }: Mixture, point: Float64Array): Bins {
  if (smooth === numbers) return NO_BINS;
  const left = new Float64Array(numbers);
  const right = new Float64Array(numbers);
  for (let d = smooth; d < numbers; d++) {
    const at = point[d] ?? Number.NaN;
    const cell = Number.isNaN(at) ? undefined : dimensions[d]?.cell(at);
    left[d] = cell?.left ?? 0;
    right[d] = cell?.right ?? 0;
  }
  return { left, right };
}

/** Draws a point: one kernel by its weight, then each dimension from that kernel's factor. */
export function sample(mixture: Mixture, stream: RandomStream): Float64Array {
  const { dimensions, kernels, weights, centres, deviations, numbers } = mixture;
  let rest = stream.uniform();
  let kernel = 0;
  while (kernel < kernels - 1 && rest >= (weights[kernel] ?? 0)) {
    rest -= weights[kernel] ?? 0;
    kernel++;
  }
  const start = kernel * dimensions.length;
  return Float64Array.from(dimensions, (dimension, d) => {
    const centre = centres[start + d] ?? 0;
    if (d >= numbers) return drawChoice(dimension.axis.count, centre, kernels, stream);
    const deviation = deviations[start + d] ?? 1;
    const share = stream.uniform();
    if (deviation === Infinity) return dimension.snap(share);
    const z = truncatedQuantile(share, -centre / deviation, (1 - centre) / deviation);
    return dimension.snap(Math.max(0, Math.min(1, centre + deviation * z)));
  });
}

/** The observed choice, but for the share that all choices have alike. */
function drawChoice(
  count: number,
  observed: number,
  kernels: number,
  stream: RandomStream,
): number {
  const any = Number.isNaN(observed) || stream.chance(count / (kernels + count));
  return any ? stream.integer(count) : observed;
}
