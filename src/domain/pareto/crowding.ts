import type { Losses } from "./dominates.ts";

/**
 * Crowding distance of each point among the others (Deb et al. 2002, NSGA-II): the sides of the box
 * between its neighbours, each as a share of the objective's range. Infinity for the extremes.
 */
export function crowdingDistances(points: readonly Losses[]): number[] {
  const distances = Array.from<number>({ length: points.length }).fill(0);
  const [first] = points;
  for (let objective = 0; objective < (first?.length ?? 0); objective++) {
    const at = (index: number | undefined): number => points[index ?? 0]?.[objective] ?? 0;
    const order = points.map((_, index) => index);
    order.sort((a, b) => at(a) - at(b) || a - b);
    const range = at(order.at(-1)) - at(order[0]);
    // All the same: no neighbour is nearer than another.
    if (!(range > 0)) continue;
    for (const [place, index] of order.entries()) {
      const isEnd = place === 0 || place === order.length - 1;
      const side = isEnd ? Infinity : (at(order[place + 1]) - at(order[place - 1])) / range;
      distances[index] = (distances[index] ?? 0) + side;
    }
  }
  return distances;
}
