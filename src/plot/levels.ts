/** Levels run from 0 (worst) to 9 (best). */
export const LEVELS = 10;

/**
 * The level of each loss by its rank, so that one huge loss does not wash out all others. Equal
 * losses share a level.
 */
export function rankLevels(losses: readonly number[]): number[] {
  const sorted = losses.toSorted((a, b) => a - b);
  const rank = new Map<number, number>();
  for (const [index, loss] of sorted.entries()) if (!rank.has(loss)) rank.set(loss, index);
  const last = Math.max(1, sorted.length - 1);
  return losses.map((loss) => toLevel(1 - (rank.get(loss) ?? 0) / last));
}

/** A share of goodness, 0 to 1, as a level. */
export function toLevel(share: number): number {
  return Math.max(0, Math.min(LEVELS - 1, Math.floor(share * LEVELS)));
}
