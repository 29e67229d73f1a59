import type { Space } from "../../src/domain/space.ts";
import type { Params } from "../../src/domain/types.ts";
import { hypervolume } from "../../src/search/multi/hypervolume.ts";
import type { Strategy, Trial } from "../../src/search/strategy.ts";

/** What params come to: losses, and by how much limits are exceeded; null for a failed run. */
export type Evaluate = (params: Params) => { losses: readonly number[]; violation?: number } | null;

/** Runs a whole search with two objectives, one trial after the other, and returns its history. */
export function searchObjectives(
  strategy: Strategy,
  space: Space,
  evaluate: Evaluate,
  { seed = 1, trials = 60 }: { seed?: number; trials?: number } = {},
): Trial[] {
  const history: Trial[] = [];
  for (let index = 0; index < trials; index++) {
    const { params, provenance } = strategy.propose({
      space,
      objectives: 2,
      history,
      running: [],
      budget: trials,
      seed,
      index,
    });
    const result = evaluate(params);
    const loss = result?.losses[0] ?? null;
    history.push({ index, params, loss, ...result, strategy: strategy.name, provenance });
  }
  return history;
}

/** The volume that the feasible trials dominate up to `reference`. */
export function volumeUnder(history: readonly Trial[], reference: readonly number[]): number {
  const feasible = history.filter(({ loss, violation = 0 }) => loss !== null && violation === 0);
  return hypervolume(
    feasible.map(({ losses }) => losses ?? []),
    reference,
  );
}

/** Which share of these trials keeps all limits. */
export function feasibleShare(history: readonly Trial[]): number {
  return history.filter(({ violation = 0 }) => violation === 0).length / history.length;
}
