import type { Params } from "../../domain/types.ts";
import { drawPoint } from "../draw.ts";
import { proposeFresh } from "../fresh.ts";
import { sobolPoints } from "../math/sobol.ts";
import { randomStream } from "../random-stream.ts";
import type { ProposalRequest, Strategy } from "../strategy.ts";
import { acquisitionOf } from "./acquisition.ts";
import { type Feature, featuresOf, inputsAt, paramsAt } from "./features.ts";
import { legalAcquisition } from "./legal.ts";
import { maximise } from "./maximise.ts";
import { modelOf } from "./model.ts";

/**
 * Bayesian optimisation: a Gaussian process of the losses (Matern-5/2, one length scale a
 * parameter), log expected improvement times the probability of success, running trials believed
 * to turn out as expected. Starts with scrambled Sobol points. Best up to about 300 trials.
 */
export const gp: Strategy = {
  name: "gp",
  summary: "Gaussian process: the most from few trials, up to about 300 of them",
  propose(request) {
    const { space, history, running, seed, index } = request;
    const features = featuresOf(space);
    const stream = randomStream(seed, index, "gp");
    const known = history.length + running.length;
    const model = known < startingPoints(features.length) ? null : modelOf(request);
    if (model === null || features.length === 0) {
      const spread = startingPoint(request, features);
      const params = proposeFresh(request, stream, (attempt) =>
        attempt === 0 ? spread : drawPoint(space, stream),
      );
      return { params, provenance: { action: "spread" } };
    }
    const { objective, feasibility, best, leaders } = model;
    const ranked = maximise(
      legalAcquisition(acquisitionOf(objective, best, feasibility), space, features),
      features,
      leaders,
      objective.hyper.weights.map((weight) => 1 / Math.max(0.3, Math.sqrt(weight))),
      stream,
    );
    const params = proposeFresh(
      request,
      stream,
      (attempt) => {
        const inputs = ranked[attempt];
        return inputs === undefined ? drawPoint(space, stream) : paramsAt(space, features, inputs);
      },
      64,
    );
    return { params, provenance: { action: "improve" } };
  },
};

/** Points to begin with: one more than there are parameters, between 5 and 10. */
function startingPoints(dimensions: number): number {
  return Math.max(5, Math.min(10, dimensions + 1));
}

/** The point of this trial's index in the Sobol sequence of the seed. */
function startingPoint({ space, seed, index }: ProposalRequest, features: Feature[]): Params {
  const scrambling = randomStream(seed, 0, "gp sobol");
  const [point] = sobolPoints(index, 1, features.length, scrambling);
  return paramsAt(space, features, inputsAt(features, point ?? new Float64Array()));
}
