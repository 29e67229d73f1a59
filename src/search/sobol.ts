import { axesOf } from "../domain/space/axes.ts";
import type { Params } from "../domain/types.ts";
import { drawPoint, paramsOf } from "./draw.ts";
import { drawsMayRepeat, proposeFresh } from "./fresh.ts";
import { SOBOL_DIMENSIONS, sobolPoints } from "./math/sobol.ts";
import { type RandomStream, randomStream } from "./random-stream.ts";
import type { ProposalRequest, Strategy } from "./strategy.ts";

/**
 * Point number `index` of a scrambled Sobol sequence of the seed: any run of them covers the space
 * more evenly than as many draws, priors included. `random --quasi`.
 */
export const sobol: Strategy = {
  name: "sobol",
  summary: "scrambled Sobol points: random, but evenly spread",
  multi: true,
  propose(request) {
    const { space, seed, index } = request;
    const stream = randomStream(seed, index, "sobol");
    const draw = (attempt: number): Params =>
      attempt === 0 ? pointOf(request, stream) : drawPoint(space, stream);
    // Once is enough where points do not meet, but for what is inactive or breaks a constraint.
    const params = proposeFresh(request, stream, draw, drawsMayRepeat(space) ? 16 : 1);
    return { params, provenance: { action: "spread" } };
  },
};

/** A value for every axis; those past the dimensions of the sequence are drawn. */
function pointOf({ space, seed, index }: ProposalRequest, stream: RandomStream): Params {
  const axes = axesOf(space).filter(({ kind }) => kind !== "single");
  const dimensions = Math.min(axes.length, SOBOL_DIMENSIONS);
  const [point] = sobolPoints(index, 1, dimensions, randomStream(seed, 0, "sobol"));
  const places = new Map(axes.map((axis, i) => [axis, i]));
  return paramsOf(axesOf(space), (axis) => {
    const place = places.get(axis);
    if (place === undefined) return axis.at(0);
    return axis.decode(point?.[place] ?? stream.uniform());
  });
}
