import { ln } from "../../domain/space/portable-log.ts";
import { normalCdf } from "../math/normal.ts";
import { neighbourBandwidths } from "./bandwidth.ts";
import type { Dimension } from "./dimension.ts";
import { quickTail } from "./quick-tail.ts";
import type { TpeRules } from "./rules.ts";
import type { Weights } from "./weights.ts";

const ROOT_TWO_PI = 2.5066282746310002;

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
