import { spaceFromValue } from "../../src/domain/space/parse-space.ts";
import type { Params } from "../../src/domain/types.ts";
import { gp } from "../../src/search/gp/gp.ts";
import { random } from "../../src/search/random.ts";
import type { Strategy, Trial } from "../../src/search/strategy.ts";
import { tpe } from "../../src/search/tpe/tpe.ts";

/** One ask in ten dimensions, with so many trials known. */
export interface AskTime {
  strategy: string;
  trials: number;
  /** Of `asks` asks, each with one trial more than the last. */
  median_ms: number;
  min_ms: number;
  max_ms: number;
  asks: number;
  at_most_ms: number;
}

const CASES = [
  { strategy: tpe, trials: 100, asks: 50, at_most_ms: 1 },
  { strategy: tpe, trials: 1000, asks: 50, at_most_ms: 1 },
  { strategy: tpe, trials: 10_000, asks: 30, at_most_ms: 10 },
  { strategy: tpe, trials: 100_000, asks: 15, at_most_ms: 100 },
  { strategy: gp, trials: 100, asks: 15, at_most_ms: 50 },
];

const space = spaceFromValue(
  Object.fromEntries(
    Array.from({ length: 10 }, (_, at) => [`x${at}`, { type: "float", low: -5, high: 5 }]),
  ),
  "ask times",
);

/** The times of a search that goes on: the first asks, which read the whole history, do not count. */
export function measureAskTimes(isQuick: boolean): AskTime[] {
  return CASES.filter(({ trials }) => !isQuick || trials <= 1000).map((one) => {
    const { strategy, trials, asks, at_most_ms } = one;
    const history: Trial[] = [];
    while (history.length < trials) grow(random, history);
    for (let warm = 0; warm < 5; warm++) grow(strategy, history);
    const times = Array.from({ length: asks }, () => grow(strategy, history)).sort((a, b) => a - b);
    const median_ms = times[asks >> 1] ?? Infinity;
    return {
      strategy: strategy.name,
      trials,
      median_ms,
      min_ms: times[0] ?? Infinity,
      max_ms: times.at(-1) ?? Infinity,
      asks,
      at_most_ms,
    };
  });
}

/** One trial more; the milliseconds its ask took. */
function grow(strategy: Strategy, history: Trial[]): number {
  const index = history.length;
  const request = { space, history, running: [], budget: history.length + 100, seed: 1, index };
  const started = performance.now();
  const { params, provenance } = strategy.propose(request);
  const took = performance.now() - started;
  history.push({ index, params, loss: bowl(params), strategy: strategy.name, provenance });
  return took;
}

function bowl(params: Params): number {
  return Object.values(params).reduce((sum: number, x) => sum + (Number(x) - 1.7) ** 2, 0);
}
