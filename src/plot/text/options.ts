import type { Tone } from "../figure.ts";

export interface TextOptions {
  /** Columns; fewer than 20 count as 20. */
  width: number;
  /** Wraps text in the colour of a tone; returns it unchanged where there is no colour. */
  paint: (tone: Tone | "dim", text: string) => string;
}

/** Rows of every plane. */
export const ROWS = 16;

/** The columns there are to draw in. */
export function columnsOf({ width }: TextOptions): number {
  return Math.max(20, Math.min(width, 200));
}
