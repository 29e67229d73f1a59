import type { Losses } from "../../domain/pareto/dominates.ts";
import { nondominatedRanks } from "../../domain/pareto/ranks.ts";
import { unitScaled } from "../multi/spread-first.ts";

/**
 * Whether `own` is among the best `keep` of it and `others`, after MOASHA (Schmucker et al. 2021,
 * arXiv 2106.12639): by front, and within the front that does not fit those that cover it best.
 * Whoever equals one that is kept is kept.
 */
export function isAmongBest(own: Losses, others: readonly Losses[], keep: number): boolean {
  const points = [...others, own];
  const ranks = nondominatedRanks(points);
  const rank = ranks.at(-1) ?? 0;
  const before = ranks.filter((one) => one < rank).length;
  if (before >= keep) return false;
  const same = points.filter((_, index) => ranks[index] === rank);
  if (before + same.length <= keep) return true;
  const kept = cover(same, keep - before);
  return kept.some((point) => point.every((loss, i) => loss === own[i]));
}

/** How many of the others are on a better front than `own`. */
export function countBetter(own: Losses, others: readonly Losses[]): number {
  const ranks = nondominatedRanks([...others, own]);
  const rank = ranks.at(-1) ?? 0;
  return ranks.filter((one) => one < rank).length;
}

/** `wanted` points from the best in the first objective on, each the farthest from those before it. */
function cover(points: readonly Losses[], wanted: number): Losses[] {
  const scaled = unitScaled(points);
  const distances = points.map(() => Infinity);
  const kept: Losses[] = [];
  let next = 0;
  for (const [i, point] of points.entries()) {
    if ((point[0] ?? 0) < (points[next]?.[0] ?? 0)) next = i;
  }
  while (kept.length < wanted) {
    kept.push(points[next] ?? []);
    const chosen = scaled[next] ?? [];
    for (const [i, point] of scaled.entries()) {
      const squares = point.reduce((sum, loss, k) => sum + (loss - (chosen[k] ?? 0)) ** 2, 0);
      distances[i] = Math.min(distances[i] ?? 0, squares);
    }
    next = distances.indexOf(Math.max(...distances));
  }
  return kept;
}
