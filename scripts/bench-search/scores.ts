import { balance, familyMeansOf, type Measured } from "./balance.ts";
import type { Family } from "./problem.ts";
import { problemNamed } from "./problems.ts";
import type { SearchRow } from "./rows.ts";
import { BUDGETS } from "./search-once.ts";

/** Regret below this share of random search's counts as solved. */
const FLOOR = 1e-3;
/** A search in which nothing worked counts as ten times as bad as random search. */
const NOTHING = 10;

/**
 * Where nobody knows the optimum: so far beyond the best value seen, in shares of the way there from
 * random search. Else the luckiest search would count as perfect.
 */
const BEYOND_BEST = 0.1;

/** A row with its log10 of the normalised regret after each budget; null: not that long. */
export interface Score {
  problem: string;
  family: Family;
  /** Number of parameters. */
  dimensions: number;
  seed: number;
  engine: string;
  log_regret: (number | null)[];
  ask_ms: number;
}

/**
 * Normalised regret: (best - optimum) / (median of random search at 200 - optimum), at least FLOOR.
 * Where no optimum is known, it is BEYOND_BEST of the lowest value that anybody saw in these rows.
 */
export function scoreRows(rows: readonly SearchRow[]): Score[] {
  const lowest = new Map<string, number>();
  for (const { problem, best, lowest: random } of rows) {
    const seen = best.map((value) => value ?? Infinity);
    lowest.set(problem, Math.min(lowest.get(problem) ?? Infinity, random, ...seen));
  }
  return rows.map((row) => {
    const { name, family, space } = problemNamed(row.problem);
    const seen = lowest.get(name) ?? 0;
    const optimum = row.optimum ?? seen - BEYOND_BEST * (row.random_median - seen);
    return {
      problem: name,
      family,
      dimensions: Object.keys(space).length,
      seed: row.seed,
      engine: row.engine,
      log_regret: BUDGETS.map((_, at) =>
        gotTo(row, at)
          ? Math.log10(regret(row.best[at] ?? null, optimum, row.random_median))
          : null,
      ),
      ask_ms: row.ask_ms,
    };
  });
}

/** Whether the search was long enough: without a value, all its trials failed or there were no more. */
export function gotTo({ best, failures }: SearchRow, at: number): boolean {
  return best.slice(at).some((value) => value !== null) || failures >= (BUDGETS[at] ?? Infinity);
}

function regret(best: number | null, optimum: number, random: number): number {
  if (best === null) return NOTHING;
  const scale = random - optimum;
  // Random search finds the optimum itself: there is nothing to gain, only to lose.
  if (scale <= 0) return best <= optimum ? FLOOR : 1;
  return Math.max(FLOOR, (best - optimum) / scale);
}

/** What identifies the pairs of paired comparisons. */
export function pairKey({ problem, seed }: { problem: string; seed: number }): string {
  return `${problem} ${seed}`;
}

/** Those of the searches that every engine among them ran. */
export function commonScores(scores: readonly Score[]): Score[] {
  const engines = new Set(scores.map(({ engine }) => engine));
  const runs = new Map<string, number>();
  for (const score of scores) runs.set(pairKey(score), (runs.get(pairKey(score)) ?? 0) + 1);
  return scores.filter((score) => runs.get(pairKey(score)) === engines.size);
}

/** The log regrets after one of the budgets, of those that got there. */
export function measuredAt(scores: readonly Score[], budget: number): Measured[] {
  return scores.flatMap(({ family, problem, log_regret }) => {
    const value = log_regret[budget] ?? null;
    return value === null ? [] : [{ family, problem, value }];
  });
}

/** Mean log regret of each family: of its problems, of their seeds. Families without any are left out. */
export function familyMeans(scores: readonly Score[], budget: number): Map<Family, number> {
  return familyMeansOf(measuredAt(scores, budget));
}

/** Mean over the families; NaN when nothing was measured. */
export function balancedMean(scores: readonly Score[], budget: number): number {
  return balance(measuredAt(scores, budget));
}
