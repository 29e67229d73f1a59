import { drawPoint } from "./draw.ts";
import { drawsMayRepeat, proposeFresh } from "./fresh.ts";
import { randomStream } from "./random-stream.ts";
import type { Strategy } from "./strategy.ts";

/**
 * Draws from the priors, uniform where there are none, each from its own stream: trial 7 is the
 * same whatever happened before it.
 */
export const random: Strategy = {
  name: "random",
  summary: "uniform draws within the bounds",
  multi: true,
  propose(request) {
    const { space } = request;
    const stream = randomStream(request.seed, request.index, "random");
    const draw = () => drawPoint(space, stream);
    // Two draws of a real number do not meet: without one, the history needs a look.
    const params = drawsMayRepeat(space) ? proposeFresh(request, stream, draw) : draw();
    return { params, provenance: { action: "draw" } };
  },
};
