import { dominates, type Losses } from "../../domain/pareto/dominates.ts";

/**
 * The volume that points dominate up to `reference`, all minimised: WFG (While, Bradstreet and
 * Barone 2012), with a sweep for two objectives. Exact; meant for at most a few dozen points when
 * there are more than two objectives.
 */
export function hypervolume(points: readonly Losses[], reference: Losses): number {
  const inside = points.filter((point) => point.every((loss, i) => loss < (reference[i] ?? 0)));
  if (reference.length === 1) {
    const lowest = Math.min(...inside.map(([loss = 0]) => loss));
    return inside.length === 0 ? 0 : (reference[0] ?? 0) - lowest;
  }
  if (reference.length === 2) return area(inside, reference);
  const front = nondominated(inside);
  // The worst of the last objective first: the boxes that are left to subtract stay small.
  front.sort((a, b) => (b.at(-1) ?? 0) - (a.at(-1) ?? 0));
  let volume = 0;
  for (const [i, point] of front.entries())
    volume += exclusive(point, front.slice(i + 1), reference);
  return volume;
}

/** The volume that only `point` dominates, beside `others`. */
export function exclusive(point: Losses, others: readonly Losses[], reference: Losses): number {
  if (!point.every((loss, i) => loss < (reference[i] ?? 0))) return 0;
  const box = point.reduce((product, loss, i) => product * ((reference[i] ?? 0) - loss), 1);
  const limited = others.map((other) => other.map((loss, i) => Math.max(loss, point[i] ?? 0)));
  return Math.max(0, box - hypervolume(limited, reference));
}

function area(points: readonly Losses[], [right = 0, top = 0]: Losses): number {
  const sorted = points.toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0));
  let sum = 0;
  let lowest = top;
  for (const [x = 0, y = 0] of sorted) {
    if (y >= lowest) continue;
    sum += (right - x) * (lowest - y);
    lowest = y;
  }
  return sum;
}

/** Without those that others dominate, and without repeats. */
function nondominated(points: readonly Losses[]): Losses[] {
  const kept: Losses[] = [];
  for (const point of points) {
    if (kept.some((other) => dominates(other, point) || isSame(other, point))) continue;
    for (let i = kept.length - 1; i >= 0; i--) {
      if (dominates(point, kept[i] ?? [])) kept.splice(i, 1);
    }
    kept.push(point);
  }
  return kept;
}

function isSame(a: Losses, b: Losses): boolean {
  return a.every((loss, i) => loss === b[i]);
}
