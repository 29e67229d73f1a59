import type { Bars } from "../figure.ts";
import { fitText, padText, textWidth } from "../label.ts";
import { headLines } from "./caption-text.ts";
import { columnsOf, type TextOptions } from "./options.ts";

/** From nothing to a whole character in eighths. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;

/** Named bars as lines of text. */
export function barsText(plot: Bars, options: TextOptions): string[] {
  const columns = columnsOf(options);
  const longest = Math.max(0, ...plot.bars.map((bar) => textWidth(bar.name)));
  const names = Math.min(longest, Math.floor(columns / 3));
  const labels = Math.max(0, ...plot.bars.map((bar) => textWidth(bar.label)));
  const room = Math.max(1, columns - names - labels - 4);
  const rows = plot.bars.map((bar) => {
    const eighths = Math.round(bar.length * room * 8);
    const full = "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
    const line = padText(full, room);
    const label = padText(bar.label, labels, "right");
    return `${padText(bar.name, names)}  ${options.paint("value", line)}  ${label}`;
  });
  const empty = plot.empty === null ? [] : [fitText(plot.empty, columns)];
  const notes = plot.notes.map((note) => options.paint("dim", fitText(note, columns)));
  return [...headLines(plot, options), ...rows, ...empty, ...notes];
}
