import type { Axis } from "../../domain/space/axes.ts";
import type { Params } from "../../domain/types.ts";
import { paramsOf } from "../draw.ts";
import { type RandomStream, randomStream } from "../random-stream.ts";

/**
 * Point `slot` of a Latin hypercube of `slots` (McKay, Beckman and Conover 1979): each parameter
 * visits each of `slots` equal parts of its range once, in an order that only the seed decides;
 * where in its part, the trial's own stream does.
 */
export function latinParams(
  axes: readonly Axis[],
  seed: number,
  slot: number,
  slots: number,
  stream: RandomStream,
): Params {
  const parts = Array.from({ length: slots }, (_, i) => i);
  return paramsOf(axes, (axis) => {
    if (axis.kind === "single") return axis.at(0);
    const order = randomStream(seed, 0, `tpe latin ${axis.name}`).shuffle(parts);
    return axis.decode(((order[slot] ?? 0) + stream.uniform()) / slots);
  });
}
