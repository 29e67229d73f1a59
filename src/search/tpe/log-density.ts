import { ln } from "../../domain/space/portable-log.ts";
import { NEGLIGIBLE, fastExp } from "../math/fast-exp.ts";
import { normalLogMass } from "../math/truncated-normal.ts";
import type { Mixture } from "./mixture.ts";

/** ln(Phi(0.5) - Phi(-0.5)): the share of the prior's normal that lies in the range. */
const LOG_PRIOR_MASS = normalLogMass(-0.5, 0.5);

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
    if (d >= numbers) log += mixture.flat[d] ?? 0;
    else if (d >= smooth) {
      log += normalLogMass((left[d] ?? 0) - 0.5, (right[d] ?? 1) - 0.5) - LOG_PRIOR_MASS;
    } else log += (mixture.priorPeak[d] ?? 0) - off * off * (mixture.priorSharpness[d] ?? 0);
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
