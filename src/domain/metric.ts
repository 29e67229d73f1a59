import type { Direction } from "./types.ts";

/** Whether `value` is strictly better than `best`; anything is better than nothing. */
export function isBetter(direction: Direction, value: number, best: number | null): boolean {
  if (best === null) return true;
  return direction === "maximize" ? value > best : value < best;
}

/** A value as a loss to minimise, and back: the one place where direction meets a strategy. */
export function toLoss(direction: Direction, value: number): number {
  return direction === "maximize" ? -value : value;
}
