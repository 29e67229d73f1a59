import { dominates, type Losses } from "./dominates.ts";

/**
 * The front of every point, from 0: front 0 is dominated by nobody, front k only by points of fronts
 * before it. Equal points share a front. Efficient non-dominated sort (Zhang et al. 2015): points in
 * lexicographic order are put into the first front that has nobody who dominates them, found by
 * bisection; with two objectives the newest of a front stands for all of it.
 */
export function nondominatedRanks(points: readonly Losses[]): number[] {
  const order = points.map((_, index) => index);
  order.sort((a, b) => compareLosses(points[a] ?? [], points[b] ?? []) || a - b);
  const fronts: Losses[][] = [];
  const ranks = Array.from<number>({ length: points.length }).fill(0);
  for (const index of order) {
    const point = points[index] ?? [];
    let low = 0;
    let high = fronts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isDominatedBy(fronts[middle] ?? [], point)) low = middle + 1;
      else high = middle;
    }
    ranks[index] = low;
    const front = fronts[low];
    if (front === undefined) fronts.push([point]);
    else front.push(point);
  }
  return ranks;
}

function isDominatedBy(front: readonly Losses[], point: Losses): boolean {
  const newest = front.at(-1);
  if (newest === undefined) return false;
  // Of a front of two objectives in this order, the newest has the lowest second loss.
  if (point.length <= 2) return dominates(newest, point);
  for (let i = front.length - 1; i >= 0; i--) {
    if (dominates(front[i] ?? [], point)) return true;
  }
  return false;
}

function compareLosses(a: Losses, b: Losses): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
