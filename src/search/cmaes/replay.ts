import { fitsSpace } from "../../domain/space/axes.ts";
import { sameJson } from "../../domain/canonical-json.ts";
import type { Space } from "../../domain/space.ts";
import { lossOf } from "../loss.ts";
import type { Trial } from "../strategy.ts";
import { type Dimensions, type Solution, solutionOf } from "./dimensions.ts";
import { type Distribution, type Evaluated, isExhausted, update } from "./distribution.ts";
import { pulledIn } from "./gaussian.ts";
import { startingDistribution } from "./start.ts";

/** Where the search stands after some trials. */
export interface State {
  distribution: Distribution;
  /** Restarts so far. */
  restart: number;
  /** Results that wait for their generation to be full. */
  waiting: readonly Evaluated[];
  /** Generations in a row that told nothing apart. */
  flat: number;
  /** Lowest loss seen. */
  best: number;
}

/** What a search is: its states are remembered for it alone. */
export interface Search {
  space: Space;
  dimensions: Dimensions;
  seed: number;
}

/** Restart when this many generations in a row were flat. */
const MOST_FLAT = 2;

/** The state before the first trial of its own, from the results of others. */
export function firstState({ dimensions, seed, space }: Search, trials: readonly Trial[]): State {
  const others = trials
    .filter(({ params }) => fitsSpace(space, params))
    .map((trial) => ({
      solution: solutionOf(dimensions, trial.params, null),
      loss: lossOf(trial),
    }));
  return {
    distribution: startingDistribution(dimensions, 0, others, seed),
    restart: 0,
    waiting: [],
    flat: 0,
    best: others.reduce((best, { loss }) => Math.min(best, loss), Infinity),
  };
}

/**
 * The state after one more trial. A generation is full when as many results as its population are
 * in, whatever distribution they were drawn from: those of an older one, and results of others that
 * beat all before, are injected.
 */
export function nextState(search: Search, state: State, trial: Trial): State {
  if (!fitsSpace(search.space, trial.params)) return state;
  const loss = lossOf(trial);
  const best = Math.min(state.best, loss);
  const own = ownSolution(search.dimensions, trial);
  if (own === null && loss >= state.best) return state;

  const { distribution, restart } = state;
  const fresh = own?.generation === distribution.generation && own.restart === restart;
  const mean = distribution.gaussian?.mean ?? null;
  const solution = own?.solution ?? solutionOf(search.dimensions, trial.params, mean);
  const evaluated = { solution: fresh ? solution : injected(distribution, solution), loss };
  const waiting = [...state.waiting, evaluated];
  if (waiting.length < distribution.rates.population) return { ...state, waiting, best };
  return nextGeneration(search, { ...state, waiting, best });
}

function nextGeneration({ dimensions, seed }: Search, state: State): State {
  const { distribution, waiting, restart } = state;
  const isFlat = tellsNothing(waiting.map(({ loss }) => loss));
  const flat = isFlat ? state.flat + 1 : 0;
  // A ranking of equals would make the distribution wander off.
  const updated = isFlat
    ? { ...distribution, generation: distribution.generation + 1 }
    : update(distribution, waiting);
  if (flat < MOST_FLAT && !isExhausted(updated)) {
    return { ...state, distribution: updated, waiting: [], flat };
  }
  return {
    ...state,
    distribution: startingDistribution(dimensions, restart + 1, [], seed),
    restart: restart + 1,
    waiting: [],
    flat: 0,
  };
}

/** All failed, or all the same but for rounding. */
function tellsNothing(losses: readonly number[]): boolean {
  const lowest = Math.min(...losses);
  if (lowest === Infinity) return true;
  return Math.max(...losses) - lowest <= 1e-12 * Math.abs(lowest);
}

function injected({ gaussian }: Distribution, { raw, choices }: Solution): Solution {
  return { raw: gaussian === null ? raw : pulledIn(gaussian, raw), choices };
}

interface Own {
  solution: Solution;
  generation: number;
  restart: number;
}

/**
 * The raw solution that a trial of this strategy was made from; null for trials of others, and for
 * its own of an older version of the space, where the same coordinates meant other params.
 */
function ownSolution(dimensions: Dimensions, { params, provenance }: Trial): Own | null {
  if (provenance?.action !== "sample") return null;
  const { raw, generation, restart } = provenance;
  if (typeof generation !== "number" || typeof restart !== "number") return null;
  if (!Array.isArray(raw) || raw.length !== dimensions.gaussian.length) return null;
  const coordinates = new Float64Array(raw.length);
  for (const [i, axis] of dimensions.gaussian.entries()) {
    const coordinate = raw[i];
    if (typeof coordinate !== "number" || !Number.isFinite(coordinate)) return null;
    const value = params[axis.name];
    const isInactive = value === undefined;
    if (!isInactive && !sameJson(dimensions.valueAt(i, coordinate), value)) return null;
    coordinates[i] = coordinate;
  }
  const { choices } = solutionOf(dimensions, params, null);
  return { solution: { raw: coordinates, choices }, generation, restart };
}
