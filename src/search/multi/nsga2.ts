import { drawPoint } from "../draw.ts";
import { proposeFresh } from "../fresh.ts";
import { type RandomStream, randomStream } from "../random-stream.ts";
import { sobol } from "../sobol.ts";
import type { Strategy, Trial } from "../strategy.ts";
import { childOf } from "./offspring.ts";
import { compareStandings, standingsOf, type Standing } from "./standing.ts";

/** Parents are drawn from the first front, but from as many of the best at least and at most. */
const FEWEST_PARENTS = 8;
const MOST_PARENTS = 50;
/** Spread points to begin with. */
const STARTING_POINTS = 12;

/**
 * NSGA-II (Deb et al. 2002) without generations: the population is the best of all trials so far,
 * by constrained domination and then by how lonely they are, so it follows from the history alone
 * and every result counts at once. Two tournaments choose the parents of the next trial.
 */
export const nsga2: Strategy = {
  name: "nsga2",
  summary: "evolution for several objectives: a population along the front",
  multi: true,
  propose(request) {
    const { space, history, running, seed, index } = request;
    const stream = randomStream(seed, index, "nsga2");
    const population = populationOf(history);
    if (history.length + running.length < STARTING_POINTS || population.length < 2) {
      return { ...sobol.propose(request), provenance: { action: "spread" } };
    }
    const params = proposeFresh(request, stream, (attempt) => {
      if (attempt > 12) return drawPoint(space, stream);
      const parents = [tournament(population, stream), tournament(population, stream)] as const;
      return childOf(
        space,
        [parents[0].trial.params, parents[1].trial.params],
        1 + attempt / 2,
        stream,
      );
    });
    return { params, provenance: { action: "breed" } };
  },
};

function populationOf(history: readonly Trial[]): Standing[] {
  const standings = standingsOf(history).sort(compareStandings);
  const front = standings.findLastIndex(({ rank }) => rank === 0) + 1;
  return standings.slice(0, Math.max(FEWEST_PARENTS, Math.min(MOST_PARENTS, front)));
}

function tournament(population: readonly Standing[], stream: RandomStream): Standing {
  const one = stream.pick(population);
  const other = stream.pick(population);
  return compareStandings(one, other) <= 0 ? one : other;
}
