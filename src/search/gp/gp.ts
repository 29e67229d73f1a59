import type { Params } from "../../domain/types.ts";
import { drawPoint } from "../draw.ts";
import { proposeFresh } from "../fresh.ts";
import { SOBOL_DIMENSIONS, sobolPoints } from "../math/sobol.ts";
import { type RandomStream, randomStream } from "../random-stream.ts";
import type { ProposalRequest, Strategy } from "../strategy.ts";
import { acquisitionOf } from "./acquisition.ts";
import { type Feature, featuresOf, inputsAt, paramsAt } from "./features.ts";
import { legalAcquisition } from "./legal.ts";
import { maximise } from "./maximise.ts";
import { isFeasible, withPenalties } from "../penalised.ts";
import { modelOf } from "./model.ts";
import { visitOf, visitedFeatures, visitedResults } from "./visit.ts";

/** Best results around which is looked for better ones. */
const LEADERS = 4;

/**
 * Bayesian optimisation: a Gaussian process of the losses (Matern-5/2, one length scale a
 * parameter), log expected improvement times the probability of success, running trials believed
 * to turn out as expected. Starts with scrambled Sobol points. Best up to about 300 trials.
 */
export const gp: Strategy = {
  name: "gp",
  summary: "Gaussian process: the most from few trials, up to about 300 of them",
  propose(asked) {
    // Until something is feasible, how far off the trials are is what the process models.
    const request = asked.history.some(isFeasible) ? asked : withPenalties(asked);
    const { space, history, running, seed, index } = request;
    const features = featuresOf(space);
    const stream = randomStream(seed, index, "gp");
    const known = history.length + running.length;
    const model = known < startingPoints(features.length) ? null : modelOf(request);
    if (model === null || features.length === 0) {
      const spread = startingPoint(request, features, stream);
      const params = proposeFresh(request, stream, (attempt) =>
        attempt === 0 ? spread : drawPoint(space, stream),
      );
      return { params, provenance: { action: "spread" } };
    }
    const { objective, feasibility } = model;
    const visit = visitOf(features, model.results, stream);
    const results = visit === null ? model.results : visitedResults(visit, model.results);
    const best = results[0]?.value ?? model.results[0]!.value;
    const ranked = maximise(
      legalAcquisition(acquisitionOf(objective, best, feasibility), space, features),
      visit === null ? features : visitedFeatures(visit, features),
      results.slice(0, LEADERS).map(({ inputs }) => inputs),
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
    return { params, provenance: { action: visit === null ? "improve" : "visit" } };
  },
};

/** Points to begin with: one more than there are parameters, between 5 and 10. */
function startingPoints(dimensions: number): number {
  return Math.max(5, Math.min(10, dimensions + 1));
}

/** The point of this trial's index in the Sobol sequence of the seed; what it lacks is drawn. */
function startingPoint(
  { space, seed, index }: ProposalRequest,
  features: readonly Feature[],
  stream: RandomStream,
): Params {
  const scrambling = randomStream(seed, 0, "gp sobol");
  const dimensions = Math.min(features.length, SOBOL_DIMENSIONS);
  const [spread] = sobolPoints(index, 1, dimensions, scrambling);
  const point = Float64Array.from(features, (_, i) => spread?.[i] ?? stream.uniform());
  return paramsAt(space, features, inputsAt(features, point));
}
