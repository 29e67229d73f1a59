/**
 * Checks that src/sort.ts sorts, and prints how many items it sorts per 1,000 comparisons and
 * moves: counted, not timed, so that the same code always gets the same score.
 */
import { cost, sort } from "./src/sort.ts";

const SIZE = 5000;

/** Always the same numbers, in no order (a linear congruential generator). */
function unsorted(seed: number): number[] {
  return Array.from({ length: SIZE }, () => (seed = (seed * 1103515245 + 12345) % 2147483648));
}

let sorted = 0;
for (const seed of [1, 2, 3, 4, 5]) {
  const items = unsorted(seed);
  const expected = items.toSorted((a, b) => a - b);
  sort(items);
  if (items.some((item, n) => item !== expected[n])) throw new Error(`seed ${seed} is not sorted`);
  sorted += SIZE;
}
console.log(JSON.stringify({ value: (1000 * sorted) / (cost.comparisons + cost.moves) }));
