/** Kendall's tau-b of pairs, and the one-sided p-value of a tau at least as large by chance. */
export interface RankAgreement {
  tau: number;
  p: number;
}

/**
 * Kendall's tau-b (Kendall 1945), with the normal approximation of its null distribution corrected
 * for ties (Kendall 1970, ch. 4). Where a side has one value only, tau is 0 and p is 1.
 */
export function kendall(pairs: readonly (readonly [number, number])[]): RankAgreement {
  const n = pairs.length;
  let s = 0;
  for (const [i, [a, b]] of pairs.entries()) {
    for (const [c, d] of pairs.slice(i + 1)) s += Math.sign(a - c) * Math.sign(b - d);
  }
  const left = tieSizes(pairs.map(([a]) => a));
  const right = tieSizes(pairs.map(([, b]) => b));
  const all = (n * (n - 1)) / 2;
  const scale = (all - sum(left, pairsOf)) * (all - sum(right, pairsOf));
  if (!(scale > 0)) return { tau: 0, p: 1 };

  const spread = (t: number): number => t * (t - 1) * (2 * t + 5);
  const triples = (t: number): number => t * (t - 1) * (t - 2);
  const ordered = (t: number): number => t * (t - 1);
  let variance = (spread(n) - sum(left, spread) - sum(right, spread)) / 18;
  if (n > 2) variance += (sum(left, triples) * sum(right, triples)) / (9 * triples(n));
  variance += (sum(left, ordered) * sum(right, ordered)) / (2 * ordered(n));
  // S moves in steps of two where there are no ties: half a step corrects for continuity.
  const p = variance > 0 ? upperTail((s - 1) / Math.sqrt(variance)) : 1;
  return { tau: s / Math.sqrt(scale), p };
}

function tieSizes(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].filter((count) => count > 1);
}

function pairsOf(t: number): number {
  return (t * (t - 1)) / 2;
}

function sum(sizes: readonly number[], of: (size: number) => number): number {
  return sizes.reduce((total, size) => total + of(size), 0);
}

/** P(Z > z) of the standard normal, by the series of its integral from 0 to z; good to 1e-15. */
function upperTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  let term = z;
  let series = 0;
  for (let odd = 1; Math.abs(term) > 1e-17 * Math.abs(series); odd += 2) {
    series += term;
    term *= (z * z) / (odd + 2);
  }
  return Math.min(1, Math.max(0, 0.5 - density * series));
}
