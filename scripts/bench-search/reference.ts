import { spaceFromValue } from "../../src/domain/space/parse-space.ts";
import { random } from "../../src/search/random.ts";
import { randomStream } from "../../src/search/random-stream.ts";
import type { Instance, Outcome, Problem } from "./problem.ts";

/** What regret is measured against. */
export interface Reference {
  /** Median over random searches of 200 trials. */
  random_median: number;
  /** The lowest `actual` that was seen on the way. */
  lowest: number;
}

const SEARCHES = 51;
const TRIALS = 200;
/** Evaluations of a real task, which cost: searches are then drawn from them. */
const POOL = 400;
/** Nobody else's seed. */
const SEED = 1_000_003;

/** Random searches on this instance, the same for everybody. */
export async function measureReference(problem: Problem, instance: Instance): Promise<Reference> {
  const space = spaceFromValue(problem.space, problem.name);
  const outcomes: Outcome[] = [];
  const count = problem.moves ? SEARCHES * TRIALS : POOL;
  for (let index = 0; index < count; index++) {
    const request = { space, history: [], running: [], budget: TRIALS, seed: SEED, index };
    outcomes.push(await instance.evaluate(random.propose(request).params, index));
  }
  const stream = randomStream(SEED, 0, "bench-search reference");
  const bests = Array.from({ length: SEARCHES }, (_, search) => {
    const trials = Array.from({ length: TRIALS }, (_trial, trial) =>
      problem.moves ? search * TRIALS + trial : stream.integer(POOL),
    );
    return bestOf(trials.flatMap((at) => outcomes[at] ?? []));
  }).sort((a, b) => a - b);
  return {
    random_median: bests[SEARCHES >> 1] ?? Infinity,
    lowest: Math.min(...bests),
  };
}

/** The `actual` of the one that looks best. */
function bestOf(outcomes: readonly Outcome[]): number {
  let best: { observed: number; actual: number } | null = null;
  for (const { observed, actual } of outcomes) {
    if (observed !== null && (best === null || observed < best.observed))
      best = { observed, actual };
  }
  return best?.actual ?? Infinity;
}
