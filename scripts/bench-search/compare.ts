import { balance, balanceError, type Measured } from "./balance.ts";
import { type Score, commonScores, pairKey } from "./scores.ts";
import { holm, mean, ranks, wilcoxonP, winRate } from "./statistics.ts";

/** One engine beside another, over the searches that both ran. */
export interface Comparison {
  baseline: string;
  pairs: number;
  /** Of the last budget, balanced over families, with its standard error over seeds. */
  difference: number;
  error: number;
  /** Share of the pairs that the first engine won, after each budget. */
  win_rates: number[];
  /** Of the last budget, corrected for the number of baselines. */
  p: number;
}

/** Differences in log regret, `engine` less `other`, pair by pair: negative is better. */
export function differences(
  scores: readonly Score[],
  engine: string,
  other: string,
  budget: number,
): Measured[] {
  const theirs = new Map(
    scores.filter((score) => score.engine === other).map((score) => [pairKey(score), score]),
  );
  return scores.flatMap((score) => {
    if (score.engine !== engine) return [];
    const own = score.log_regret[budget] ?? null;
    const value = theirs.get(pairKey(score))?.log_regret[budget] ?? null;
    const { family, problem } = score;
    return own === null || value === null ? [] : [{ family, problem, value: own - value }];
  });
}

export function compareWith(
  scores: readonly Score[],
  engine: string,
  baselines: readonly string[],
): Comparison[] {
  const last = lastBudget(scores);
  const raw = baselines.map((baseline) => {
    const valuesAt = (at: number): number[] =>
      differences(scores, engine, baseline, at).map(({ value }) => value);
    const atEnd = differences(scores, engine, baseline, last);
    return {
      baseline,
      pairs: atEnd.length,
      difference: balance(atEnd),
      error: balanceError(atEnd),
      win_rates: [0, 1, 2].map((at) => winRate(valuesAt(at))),
      p: wilcoxonP(valuesAt(last)),
    };
  });
  const corrected = holm(raw.map(({ p }) => p));
  return raw.map((comparison, at) => ({ ...comparison, p: corrected[at] ?? 1 }));
}

/** Position of the longest budget that was measured. */
export function lastBudget(scores: readonly Score[]): number {
  const measured = [0, 1, 2].filter((at) =>
    scores.some(({ log_regret }) => (log_regret[at] ?? null) !== null),
  );
  return measured.at(-1) ?? 0;
}

/** Mean rank of each engine over the searches that all of them ran. */
export function averageRanks(scores: readonly Score[], budget: number): Map<string, number> {
  const collected = new Map<string, number[]>();
  for (const group of Map.groupBy(commonScores(scores), pairKey).values()) {
    const places = ranks(group.map(({ log_regret }) => log_regret[budget] ?? Infinity));
    for (const [at, { engine }] of group.entries()) {
      collected.set(engine, [...(collected.get(engine) ?? []), places[at] ?? NaN]);
    }
  }
  return new Map([...collected].map(([engine, places]) => [engine, mean(places)]));
}
