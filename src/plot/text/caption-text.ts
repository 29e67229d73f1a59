import type { Caption, LegendItem } from "../figure.ts";
import { fitText, textWidth } from "../label.ts";
import { columnsOf, type TextOptions } from "./options.ts";

/** The lines above a plot. */
export function headLines(caption: Caption, options: TextOptions): string[] {
  const columns = columnsOf(options);
  return [
    fitText(caption.title, columns),
    options.paint("dim", fitText(caption.subtitle, columns)),
    "",
  ];
}

/** The lines below it: what the marks mean, and notes. `marks` are the characters of this plot. */
export function footLines(
  caption: Caption,
  options: TextOptions,
  marks: Record<Exclude<LegendItem["mark"], "ramp">, string> & { ramp: string },
): string[] {
  const columns = columnsOf(options);
  const lines: string[] = [];
  let line = "";
  let width = 0;
  for (const item of caption.legend) {
    const text =
      item.mark === "ramp"
        ? fitText(`${item.worst} ${marks.ramp} ${item.best}`, columns)
        : fitText(`${markOf(item, marks)} ${item.label}`, columns);
    if (width > 0 && width + 3 + textWidth(text) > columns) {
      lines.push(line);
      line = "";
      width = 0;
    }
    const tone = item.mark === "ramp" ? "value" : item.tone;
    line += (width > 0 ? "   " : "") + options.paint(tone, text);
    width += (width > 0 ? 3 : 0) + textWidth(text);
  }
  if (line !== "") lines.push(line);
  return [...lines, ...caption.notes.map((note) => options.paint("dim", fitText(note, columns)))];
}

function markOf(
  item: Exclude<LegendItem, { mark: "ramp" }>,
  marks: Parameters<typeof footLines>[2],
): string {
  if (item.mark === "dot" && item.tone === "best") return BEST;
  if (item.mark === "bar" || item.mark === "cross") {
    return item.mark === "bar" && item.tone === "value" ? marks.bar : FAILURES[item.tone];
  }
  return marks[item.mark];
}

/** The character of the best run. */
export const BEST = "◆";

/** Characters of runs without a value, told apart without colour. */
export const FAILURES = { failed: "×", pruned: "/", other: "-", value: "█", best: "◆" } as const;
