import type { Pruner } from "./pruner.ts";

/** Pairs below which a signed-rank test says nothing. */
const MIN_PAIRS = 6;

/**
 * For runs whose steps are folds, seeds or problems: compares them pair by pair with those of the best
 * run, and prunes when the Wilcoxon signed-rank test finds this run worse (one-sided; normal
 * approximation with tie and continuity correction, Hollander & Wolfe, section 3.1).
 */
export const wilcoxon: Pruner = {
  name: "wilcoxon",
  summary: "steps are folds or seeds: stop what is significantly worse than the best, pair by pair",
  prune({ own, best }, { p_value, min_step }) {
    const now = own.at(-1);
    if (best === null || now === undefined || now.step < min_step) return null;
    const theirs = new Map(best.map(({ step, loss }) => [step, loss]));
    const differences = own.flatMap(({ step, loss }) => {
      const other = theirs.get(step);
      return other === undefined || other === loss ? [] : [loss - other];
    });
    if (differences.length < MIN_PAIRS) return null;
    const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
    const p = signedRankP(differences);
    // A run that leads on average is kept whatever the ranks say.
    if (mean <= 0 || p >= p_value) return null;
    return `wilcoxon: worse than the best in ${differences.length} pairs (p = ${p.toPrecision(2)})`;
  },
};

/** One-sided p-value that the differences are positive. */
export function signedRankP(differences: readonly number[]): number {
  const sorted = [...differences].sort((a, b) => Math.abs(a) - Math.abs(b));
  const n = sorted.length;
  let positive = 0;
  let ties = 0;
  for (let from = 0; from < n;) {
    let to = from + 1;
    while (to < n && Math.abs(sorted[to] ?? 0) === Math.abs(sorted[from] ?? 0)) to += 1;
    const rank = (from + 1 + to) / 2;
    for (let at = from; at < to; at += 1) if ((sorted[at] ?? 0) > 0) positive += rank;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  const mean = (n * (n + 1)) / 4;
  const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24 - ties / 48);
  if (deviation === 0) return 1;
  return upperTail((positive - mean - 0.5) / deviation);
}

/** 1 - Phi(z), by the continued-fraction-free formula 7.1.26 of Abramowitz & Stegun (error < 1e-7). */
function upperTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (poly * Math.exp(-x * x)) / 2;
  return z >= 0 ? tail : 1 - tail;
}
