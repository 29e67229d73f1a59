import type { Space } from "../../domain/space.ts";
import { drawPoint } from "../draw.ts";
import { proposeFresh } from "../fresh.ts";
import { penalised } from "../penalised.ts";
import { randomStream } from "../random-stream.ts";
import type { Strategy } from "../strategy.ts";
import { dimensionsOf, paramsOfSolution, rawOf } from "./dimensions.ts";
import { sample } from "./distribution.ts";
import type { Search } from "./replay.ts";
import { stateAfter } from "./states.ts";

/**
 * CMA-ES for mixed spaces: CatCMA with margin (arXiv 2504.07884), started from the results of other
 * strategies when there are some, restarted with twice the population when it has converged. The
 * search distribution is worked out anew from the provenance of its trials.
 */
export const cmaes: Strategy = penalised({
  name: "cmaes",
  summary: "CMA-ES for mixed spaces: adapts to scaling and rotation, likes 100 trials and more",
  propose(request) {
    const { space, history, seed, index } = request;
    const search = searchOf(space, seed);
    const stream = randomStream(seed, index, "cmaes");
    const { gaussian, categorical } = search.dimensions;
    if (gaussian.length + categorical.length === 0) {
      return { params: drawPoint(space, stream), provenance: { action: "draw" } };
    }
    const trials = history.toSorted((a, b) => a.index - b.index);
    const { distribution, restart } = stateAfter(search, trials);
    let solution = sample(distribution, stream);
    const params = proposeFresh(request, stream, (attempt) => {
      if (attempt > 0) solution = sample(distribution, stream);
      return paramsOfSolution(space, search.dimensions, solution);
    });
    const raw = rawOf(search.dimensions, params, solution);
    return {
      params,
      provenance: {
        action: "sample",
        generation: distribution.generation,
        restart,
        raw: Array.from(raw),
      },
    };
  },
});

const searches = new WeakMap<Space, Map<number, Search>>();

/** The same object for the same space and seed: what was worked out for it is found again. */
function searchOf(space: Space, seed: number): Search {
  const ofSpace = searches.get(space) ?? new Map<number, Search>();
  searches.set(space, ofSpace);
  const search = ofSpace.get(seed) ?? { space, dimensions: dimensionsOf(space), seed };
  ofSpace.set(seed, search);
  return search;
}
