/**
 * Checks that src/sort.ts sorts, and prints what it cost: comparisons and swaps an item. They are
 * counted here, where the routine cannot reach them, and not timed, so the same code always gets
 * the same score.
 */
import type { List } from "./src/list.ts";
import { sort } from "./src/sort.ts";

const SIZE = 400;

/** Always the same numbers, in no order (a linear congruential generator). */
function unsorted(seed: number, size: number): number[] {
  return Array.from({ length: size }, () => (seed = (seed * 1103515245 + 12345) % 2147483648));
}

/** Sorts a copy of `items` with the routine; returns the result and the steps it took. */
function run(items: readonly number[]): { sorted: number[]; steps: number } {
  const sorted = [...items];
  let steps = 0;
  const at = (index: number): number => {
    const item = sorted[index];
    if (item === undefined) throw new RangeError(`no item ${index} of ${sorted.length}`);
    return item;
  };
  const list: List = Object.freeze({
    length: sorted.length,
    isBefore(i: number, j: number) {
      steps++;
      return at(i) < at(j);
    },
    swap(i: number, j: number) {
      steps++;
      [sorted[i], sorted[j]] = [at(j), at(i)];
    },
  });
  sort(list);
  return { sorted, steps };
}

const cases = [[], [7], [2, 1], [1, 1, 1], unsorted(9, 50).sort((a, b) => a - b)];
const measured = [1, 2, 3, 4, 5].map((seed) => unsorted(seed, SIZE));
let total = 0;
for (const items of [...cases, ...measured]) {
  const { sorted, steps } = run(items);
  const expected = items.toSorted((a, b) => a - b);
  if (sorted.some((item, index) => item !== expected[index])) {
    throw new Error(`${items.length} items were not sorted`);
  }
  if (items.length === SIZE) total += steps;
}
console.log(JSON.stringify({ steps: total / (SIZE * measured.length) }));
