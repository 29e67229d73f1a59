import { cut, oneLine } from "../reduce/markdown.ts";
import type { OutputStream } from "./io.ts";

/** How wide a line may be: the terminal, or as wide as it is when a program reads it. */
export function lineWidth(stream: Pick<OutputStream, "isTerminal" | "columns">): number {
  return stream.isTerminal ? stream.columns() : Infinity;
}

/** Rows as lines with aligned columns, two spaces apart; a line over `width` is cut. */
export function table(rows: readonly (readonly string[])[], width: number): string[] {
  const lines = rows.map((row) => row.map(oneLine));
  const widths: number[] = [];
  for (const row of lines) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return lines.map((row) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return fit(cells.join("  ").trimEnd(), width);
  });
}

/** The line, cut to `width` when it is longer. */
export function fit(line: string, width: number): string {
  return line.length <= width ? line : cut(line, width);
}
