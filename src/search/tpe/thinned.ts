/** `limit` of the items, evenly spread; all of them when they are no more. */
export function thinned(items: readonly number[], limit: number): readonly number[] {
  if (items.length <= limit) return items;
  return Array.from(
    { length: limit },
    (_, i) => items[Math.floor((i * items.length) / limit)] ?? 0,
  );
}
