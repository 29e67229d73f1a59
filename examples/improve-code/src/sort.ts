import type { List } from "./list.ts";

/** Bubble sort: every pair of neighbours again and again. */
export function sort(list: List): void {
  for (let end = list.length; end > 1; end--) {
    for (let i = 1; i < end; i++) if (list.isBefore(i, i - 1)) list.swap(i, i - 1);
  }
}
