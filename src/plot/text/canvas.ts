import type { Tone } from "../figure.ts";
import { textWidth } from "../label.ts";
import type { TextOptions } from "./options.ts";

/** Later tones win a cell that several marks share. */
const ORDER: readonly Tone[] = ["other", "value", "pruned", "failed", "best"];

/**
 * A grid of characters. Each cell holds a character or up to 8 Braille dots (2 across, 4 down), and
 * the tone of the most telling mark in it. Positions run from 0, 0 at the lower left to 1, 1.
 */
export interface Canvas {
  /** A Braille dot; it replaces a character. */
  dot(x: number, y: number, tone: Tone): void;
  /** A straight line of dots. */
  line(from: { x: number; y: number }, to: { x: number; y: number }, tone: Tone): void;
  /** A character in the cell of a column and a row from the top. */
  put(column: number, row: number, text: string, tone: Tone | "dim"): void;
  column(x: number): number;
  row(y: number): number;
  /** One string a row, painted. */
  lines(paint: TextOptions["paint"]): string[];
}

interface Cell {
  text: string;
  dots: number;
  tone: Tone | "dim" | null;
}

/** Bits of the Braille block for the dots of a cell, row by row. */
const BITS = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80] as const;

export function createCanvas(columns: number, rows: number): Canvas {
  const cells = Array.from({ length: columns * rows }, (): Cell => ({
    text: " ",
    dots: 0,
    tone: null,
  }));
  const scaled = (position: number, count: number): number =>
    Math.max(0, Math.min(count - 1, Math.round(position * (count - 1))));
  const cellAt = (column: number, row: number): Cell | undefined =>
    column < 0 || column >= columns ? undefined : cells[row * columns + column];

  function setDot(across: number, down: number, tone: Tone): void {
    const cell = cellAt(across >> 1, down >> 2);
    const bit = BITS[(down % 4) * 2 + (across % 2)] ?? 0;
    if (cell === undefined) return;
    const known = cell.dots === 0 || cell.tone === "dim" ? null : cell.tone;
    cell.dots |= bit;
    cell.tone = known !== null && ORDER.indexOf(known) > ORDER.indexOf(tone) ? known : tone;
  }
  const across = (x: number): number => scaled(x, columns * 2);
  const down = (y: number): number => scaled(1 - y, rows * 4);

  return {
    dot: (x, y, tone) => setDot(across(x), down(y), tone),
    line(from, to, tone) {
      const [x0, y0] = [across(from.x), down(from.y)];
      const [dx, dy] = [across(to.x) - x0, down(to.y) - y0];
      const count = Math.max(1, Math.abs(dx), Math.abs(dy));
      for (let i = 0; i <= count; i++) {
        setDot(x0 + Math.round((dx * i) / count), y0 + Math.round((dy * i) / count), tone);
      }
    },
    put(column, row, text, tone) {
      let at = column;
      for (const char of text) {
        const cell = cellAt(at, row);
        const width = textWidth(char);
        if (width === 0) {
          const before = cellAt(at - 1, row);
          if (before !== undefined) before.text += char;
          continue;
        }
        if (cell === undefined || at + width > columns) return;
        Object.assign(cell, { text: char, dots: 0, tone });
        // The second half of a wide character.
        const next = width === 2 ? cellAt(at + 1, row) : undefined;
        if (next !== undefined) Object.assign(next, { text: "", dots: 0, tone });
        at += width;
      }
    },
    column: (x) => scaled(x, columns),
    row: (y) => scaled(1 - y, rows),
    lines: (paint) =>
      Array.from({ length: rows }, (_, row) =>
        painted(cells.slice(row * columns, (row + 1) * columns), paint),
      ),
  };
}

/** The cells of a row; neighbours of one tone are painted together. */
function painted(cells: readonly Cell[], paint: TextOptions["paint"]): string {
  let line = "";
  let pending = "";
  let tone: Cell["tone"] = null;
  const flush = (): void => {
    line += tone === null ? pending : paint(tone, pending);
    pending = "";
  };
  for (const cell of cells) {
    if (cell.tone !== tone) flush();
    tone = cell.tone;
    pending += cell.dots === 0 ? cell.text : String.fromCodePoint(0x2800 + cell.dots);
  }
  flush();
  return line;
}
