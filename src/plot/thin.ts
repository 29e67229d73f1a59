/** More dots than this would make a slow file and no clearer picture. */
export const MAX_DOTS = 4000;

/**
 * At most `limit` of the points: of those that lie on the same spot the first is kept, and spots
 * grow until few enough are left.
 */
export function thin<T extends { x: number; y: number }>(points: readonly T[], limit: number): T[] {
  let kept = [...points];
  for (let cells = 512; kept.length > limit && cells > 1; cells = Math.floor(cells * 0.8)) {
    const spots = new Map<number, T>();
    for (const point of points) {
      const spot = Math.floor(point.x * cells) * (cells + 1) + Math.floor(point.y * cells);
      if (!spots.has(spot)) spots.set(spot, point);
    }
    kept = Array.from(spots.values());
  }
  return kept;
}
