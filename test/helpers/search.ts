import { spaceFromValue } from "../../src/domain/space/parse-space.ts";
import type { Space } from "../../src/domain/space.ts";
import type { JsonValue, Params } from "../../src/domain/types.ts";
import type { Proposal, ProposalRequest, Strategy, Trial } from "../../src/search/strategy.ts";

/** The loss of params; null for a failed run. */
export type Objective = (params: Params) => number | null;

export function spaceOf(value: JsonValue): Space {
  return spaceFromValue(value, "test space");
}

/** `x0`, `x1`, ... each from -5 to 5. */
export function boxSpace(dimensions: number): Space {
  const names = Array.from({ length: dimensions }, (_, i) => `x${i}`);
  return spaceOf(Object.fromEntries(names.map((name) => [name, { low: -5, high: 5 }])));
}

export function ask(
  strategy: Strategy,
  request: Partial<ProposalRequest> & { space: Space },
): Proposal {
  return strategy.propose({ history: [], running: [], budget: 60, seed: 1, index: 0, ...request });
}

/** Runs a whole search, one trial after the other, and returns its history. */
export function search(
  strategy: Strategy,
  space: Space,
  objective: Objective,
  { seed = 1, trials = 60 }: { seed?: number; trials?: number } = {},
): Trial[] {
  const history: Trial[] = [];
  for (let index = 0; index < trials; index++) {
    const { params, provenance } = ask(strategy, { space, history, budget: trials, seed, index });
    history.push({ index, params, loss: objective(params), strategy: strategy.name, provenance });
  }
  return history;
}

/** Lowest loss of a history; Infinity when nothing was measured. */
export function bestLoss(history: readonly Trial[]): number {
  return Math.min(...history.map((trial) => trial.loss ?? Infinity));
}
