import type { ChartAxis, Parallel } from "../figure.ts";
import { countText, fitText, padText, textWidth } from "../label.ts";
import { footLines, headLines } from "./caption-text.ts";
import { createCanvas, type Canvas } from "./canvas.ts";
import { ROWS, columnsOf, type TextOptions } from "./options.ts";

/** More lines than this are a grey block in a terminal. */
const MAX_LINES = 8;
/** Narrower than this an axis has no room for its name. */
const MIN_SLOT = 9;

/** Parallel axes as lines of text: the best runs only, on as many axes as there is room for. */
export function parallelText(plot: Parallel, options: TextOptions): string[] {
  const columns = columnsOf(options);
  const fitting = Math.max(2, Math.floor(columns / MIN_SLOT));
  // The last axis is the value; parameters come most important first.
  const shown = plot.axes.map((_, index) => index);
  const kept = shown.length <= fitting ? shown : [...shown.slice(0, fitting - 1), shown.length - 1];
  const axes = kept.flatMap((index) => plot.axes.slice(index, index + 1));
  const slot = Math.floor(columns / axes.length);
  const place = (index: number): number => index * slot;
  const canvas = createCanvas(columns, ROWS);
  const x = (index: number): number => (place(index) * 2 + 0.5) / (columns * 2 - 1);
  const lines = plot.lines.slice(0, MAX_LINES);
  for (const [rank, line] of Array.from(lines.entries()).toReversed()) {
    const at = kept.map((index) => line.at[index] ?? null);
    for (let index = 1; index < at.length; index++) {
      const [from, to] = [at[index - 1] ?? null, at[index] ?? null];
      if (from === null || to === null) continue;
      const tone = rank === 0 ? "best" : "value";
      canvas.line({ x: x(index - 1), y: from }, { x: x(index), y: to }, tone);
    }
  }
  for (const [index, axis] of axes.entries()) drawAxis(canvas, axis, place(index), slot);
  if (plot.empty !== null) canvas.put(2, ROWS >> 1, fitText(plot.empty, columns - 2), "dim");
  const names = axes.map((axis) => padText(axis.label, slot - 1)).join(" ");
  const left = plot.axes.length - axes.length;
  const notes = [
    ...(plot.measured > lines.length
      ? [`the best ${lines.length} of ${countText(plot.measured, "run")}`]
      : []),
    ...(left > 0 ? [`${countText(left, "parameter")} more in the SVG`] : []),
    ...plot.notes,
  ];
  return [
    ...headLines(plot, options),
    ...canvas.lines(options.paint),
    names,
    ...footLines({ ...plot, legend: [], notes }, options, MARKS),
  ];
}

const MARKS = { dot: "", line: "", cross: "", bar: "", ramp: "" };

function drawAxis(canvas: Canvas, axis: ChartAxis, column: number, slot: number): void {
  for (let row = 0; row < ROWS; row++) canvas.put(column, row, "│", "dim");
  const taken = new Set<number>();
  for (const tick of axis.ticks) {
    const row = canvas.row(tick.at);
    if (taken.has(row) || taken.has(row - 1)) continue;
    taken.add(row);
    const text = fitText(tick.label, slot - 3);
    canvas.put(column, row, `┤${text}${textWidth(text) > 0 ? " " : ""}`, "dim");
  }
}
