import type { Axis } from "./axis.ts";
import type { Node } from "./layout.ts";

const MAX_COMBINATIONS = 20_000;

/**
 * How many points a finite conditional space has, parents before children in `order`; null when
 * its parents have too many combinations to go through.
 */
export function countActive(order: readonly Node[]): number | null {
  /** The values of each parent that some condition asks for: all others are alike. */
  const asked = new Map<Axis, Set<number>>();
  for (const { parent, values } of order.flatMap(({ conditions }) => conditions)) {
    asked.set(parent, (asked.get(parent) ?? new Set()).union(values));
  }
  const chosen = new Map<Axis, number>();
  let combinations = 0;

  function count(place: number): number {
    const node = order[place];
    if (node === undefined || combinations > MAX_COMBINATIONS) {
      combinations++;
      return 1;
    }
    const { axis, conditions } = node;
    // A parent that is not active has no value here, so nothing below it is active either.
    chosen.delete(axis);
    if (!conditions.every(({ parent, values }) => values.has(chosen.get(parent) ?? -1))) {
      return count(place + 1);
    }
    const values = asked.get(axis);
    if (values === undefined) return axis.count * count(place + 1);
    let sum = 0;
    for (const value of values) {
      chosen.set(axis, value);
      sum += count(place + 1);
    }
    chosen.delete(axis);
    const others = axis.count - values.size;
    return others === 0 ? sum : sum + others * count(place + 1);
  }

  const size = count(0);
  return combinations > MAX_COMBINATIONS ? null : size;
}
