import { crowdingDistances } from "../../domain/pareto/crowding.ts";
import type { Losses } from "../../domain/pareto/dominates.ts";
import { exclusive } from "./hypervolume.ts";

/** More points than this are thinned by crowding first: every choice looks at all that are left. */
const MOST_WEIGHED = 200;

/** How far beyond the worst of each objective the reference point lies, as a share of its range. */
const BEYOND = 0.1;

/**
 * Numbers of points in the order in which each adds most to the volume of those before it, `wanted`
 * of them at most: any beginning of it is a good subset (greedy hypervolume subset selection,
 * Guerreiro, Fonseca and Paquete 2016). Objectives count by their range among these points.
 */
export function spreadFirst(points: readonly Losses[], wanted: number): number[] {
  const scaled = unitScaled(points);
  const reference = scaled[0]?.map(() => 1 + BEYOND) ?? [];
  const left = candidates(scaled).map((index) => ({ index, gain: Infinity, seen: -1 }));
  const chosen: number[] = [];
  const volume: Losses[] = [];
  while (chosen.length < wanted && left.length > 0) {
    // What a point adds only shrinks as others are chosen: an old number is an upper bound.
    for (;;) {
      let best = left[0];
      for (const one of left) if (best === undefined || one.gain > best.gain) best = one;
      if (best === undefined) break;
      if (best.seen === chosen.length) {
        left.splice(left.indexOf(best), 1);
        chosen.push(best.index);
        volume.push(scaled[best.index] ?? []);
        break;
      }
      best.gain = exclusive(scaled[best.index] ?? [], volume, reference);
      best.seen = chosen.length;
    }
  }
  return chosen;
}

/** The volume that each point alone adds to all the others, in units of the range of each objective. */
export function contributions(points: readonly Losses[]): number[] {
  const scaled = unitScaled(points);
  const reference = scaled[0]?.map(() => 1 + BEYOND) ?? [];
  return scaled.map((point, i) => exclusive(point, scaled.toSpliced(i, 1), reference));
}

function candidates(points: readonly Losses[]): number[] {
  const all = points.map((_, index) => index);
  if (points.length <= MOST_WEIGHED) return all;
  const distances = crowdingDistances(points);
  const lonely = all.toSorted((a, b) => compareDown(distances[a] ?? 0, distances[b] ?? 0) || a - b);
  return lonely.slice(0, MOST_WEIGHED);
}

function compareDown(a: number, b: number): number {
  if (a === b) return 0;
  return a > b ? -1 : 1;
}

/** Each objective from 0 (best of these) to 1 (worst); 0 where all are alike. */
export function unitScaled(points: readonly Losses[]): number[][] {
  const columns = points[0]?.map((_, i) => points.map((point) => point[i] ?? 0)) ?? [];
  const lows = columns.map((column) => column.reduce((low, loss) => Math.min(low, loss)));
  const highs = columns.map((column) => column.reduce((high, loss) => Math.max(high, loss)));
  return points.map((point) =>
    point.map((loss, i) => {
      const low = lows[i] ?? 0;
      // Halves, because the range of two finite numbers may not be finite.
      const range = (highs[i] ?? 0) / 2 - low / 2;
      return range > 0 ? Math.min(1, (loss / 2 - low / 2) / range) : 0;
    }),
  );
}
