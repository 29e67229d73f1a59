import { signedRankP } from "../../src/search/pruners/wilcoxon.ts";

/** Pairs below which the normal approximation says nothing. */
const MIN_PAIRS = 6;

/** NaN for none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2;
}

/** Share of the differences below 0; ties count half. NaN for none. */
export function winRate(differences: readonly number[]): number {
  return mean(differences.map((value) => (value < 0 ? 1 : value === 0 ? 0.5 : 0)));
}

/** Two-sided Wilcoxon signed-rank test; 1 when there are too few pairs that differ. */
export function wilcoxonP(differences: readonly number[]): number {
  const nonzero = differences.filter((value) => value !== 0);
  if (nonzero.length < MIN_PAIRS) return 1;
  const up = signedRankP(nonzero);
  const down = signedRankP(nonzero.map((value) => -value));
  return Math.min(1, 2 * Math.min(up, down));
}

/** Holm's correction for having asked so many questions; in the order given. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((p, at) => ({ p, at })).sort((a, b) => a.p - b.p);
  const corrected = ps.map(() => 1);
  let highest = 0;
  for (const [rank, { p, at }] of order.entries()) {
    highest = Math.max(highest, Math.min(1, p * (ps.length - rank)));
    corrected[at] = highest;
  }
  return corrected;
}

/** Rank of each, 1 for the lowest; equal values share the mean of theirs. */
export function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}
