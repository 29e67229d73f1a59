import { normalQuantile } from "../math/normal.ts";
import type { RandomStream } from "../random-stream.ts";
import type { Mixture } from "./mixture.ts";
import { quickTail } from "./quick-tail.ts";

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
    return dimension.snap(quantileInside(share, centre, deviation));
  });
}

/** The position below which lies this share of a normal that is cut off at 0 and 1. */
function quantileInside(share: number, centre: number, deviation: number): number {
  const low = quickTail(centre / deviation);
  const high = quickTail((1 - centre) / deviation);
  const z = normalQuantile(low + share * (1 - low - high));
  return Math.max(0, Math.min(1, centre + deviation * z));
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
