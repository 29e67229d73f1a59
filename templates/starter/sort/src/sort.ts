/** Runs this short are sorted by insertion instead of being halved again. */
export const CUTOFF = 1;

/** What sorting has cost so far. */
export const cost = { comparisons: 0, moves: 0 };

/** Sorts in place: merge sort, with insertion sort for short runs. */
export function sort(items: number[], from = 0, to = items.length): void {
  if (to - from <= Math.max(1, CUTOFF)) {
    insert(items, from, to);
    return;
  }
  const middle = (from + to) >> 1;
  sort(items, from, middle);
  sort(items, middle, to);
  merge(items, from, middle, to);
}

function insert(items: number[], from: number, to: number): void {
  for (let next = from + 1; next < to; next++) {
    const item = items[next]!;
    let place = next;
    while (place > from && isBefore(item, items[place - 1]!)) {
      items[place] = items[place - 1]!;
      cost.moves++;
      place--;
    }
    items[place] = item;
    cost.moves++;
  }
}

function merge(items: number[], from: number, middle: number, to: number): void {
  const left = items.slice(from, middle);
  cost.moves += left.length;
  let right = middle;
  let place = from;
  for (const item of left) {
    while (right < to && isBefore(items[right]!, item)) {
      items[place++] = items[right++]!;
      cost.moves++;
    }
    items[place++] = item;
    cost.moves++;
  }
}

function isBefore(a: number, b: number): boolean {
  cost.comparisons++;
  return a < b;
}
