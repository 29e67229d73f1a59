import { axesOf, spaceSize } from "../domain/space/axes.ts";
import { drawUniform } from "./draw.ts";
import { proposeFresh } from "./fresh.ts";
import { randomStream } from "./random-stream.ts";
import type { Strategy } from "./strategy.ts";

/** Uniform draws, each from its own stream, so trial 7 is the same whatever happened before it. */
export const random: Strategy = {
  name: "random",
  summary: "uniform draws within the bounds",
  propose(request) {
    const axes = axesOf(request.space);
    const stream = randomStream(request.seed, request.index, "random");
    const draw = () => drawUniform(axes, stream);
    // Two draws of a real number do not meet: only finite spaces need a look at the history.
    const finite = spaceSize(request.space) < Infinity;
    const params = finite ? proposeFresh(request, stream, draw) : draw();
    return { params, provenance: { action: "draw" } };
  },
};
