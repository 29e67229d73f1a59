import type { Chart } from "../figure.ts";
import { fitText, padText, slotRoom, textWidth } from "../label.ts";
import { LEVELS } from "../levels.ts";
import { BEST, FAILURES, footLines, headLines } from "./caption-text.ts";
import { createCanvas, type Canvas } from "./canvas.ts";
import { ROWS, columnsOf, type TextOptions } from "./options.ts";

/** Shades from the worst to the best. */
const SHADES = ["·", "░", "▒", "▓", "█"] as const;
const MARKS = { dot: "•", line: "─", cross: "×", bar: "█", ramp: `0…9 in ${SHADES.join("")}` };
/** Up to so many runs get a character each; more share it as Braille dots. */
const MAX_BULLETS = 250;

/** A chart as lines of text: bullets or Braille dots for runs, shades for a field, one row a lane for bars. */
export function chartText(chart: Chart, options: TextOptions): string[] {
  const columns = columnsOf(options);
  const widest = Math.max(0, ...chart.y.ticks.map((tick) => textWidth(tick.label)));
  const gutter = Math.min(widest, Math.floor(columns / 4));
  const rows = chart.lanes > 0 ? Math.min(chart.lanes, ROWS) : ROWS;
  const inside = columns - gutter - 2;
  const canvas = createCanvas(inside, rows);
  drawField(chart, canvas, inside, rows);
  drawBars(chart, canvas, rows);
  drawSteps(chart, canvas);
  drawDots(chart, canvas);
  if (chart.empty !== null) {
    const text = fitText(chart.empty, inside);
    const start = Math.floor((inside - textWidth(text)) / 2);
    canvas.put(start, Math.floor(rows / 2), text, "dim");
  }
  const labels = labelRows(chart, canvas, gutter, rows);
  const dim = (text: string): string => options.paint("dim", text);
  const above = chart.y.label === "" ? [] : [fitText(chart.y.label, columns)];
  return [
    ...headLines(chart, options),
    ...above,
    ...canvas.lines(options.paint).map((line, row) => {
      const label = labels[row] ?? "";
      const edge = label.trim() === "" ? "│" : "┤";
      return `${dim(`${label} ${edge}`)}${line}`;
    }),
    dim(`${" ".repeat(gutter)} └${"─".repeat(inside)}`),
    ...rail(chart, inside, options).map(
      (line) => `${" ".repeat(gutter + 2)}${options.paint("failed", line)}`,
    ),
    dim(`${" ".repeat(gutter + 2)}${tickLine(chart, inside)}`.trimEnd()),
    `${" ".repeat(gutter + 2)}${fitText(chart.x.label, inside)}`,
    ...footLines(chart, options, MARKS),
  ];
}

function drawField({ field }: Chart, canvas: Canvas, columns: number, rows: number): void {
  if (field === null) return;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const across = Math.floor(((column + 0.5) / columns) * field.columns);
      const up = Math.floor(((rows - row - 0.5) / rows) * field.rows);
      const level = field.levels[up * field.columns + across] ?? null;
      if (level !== null) canvas.put(column, row, shade(level), "value");
    }
  }
}

function shade(level: number): string {
  return SHADES[Math.floor((level * SHADES.length) / LEVELS)] ?? " ";
}

function drawBars({ bars, lanes }: Chart, canvas: Canvas, rows: number): void {
  for (const bar of bars) {
    const row = Math.floor((bar.lane * rows) / Math.max(1, lanes));
    const [start, end] = [canvas.column(bar.x0), canvas.column(bar.x1)];
    // The last column belongs to the next run, except at the end.
    const last = bar.x1 < 1 ? Math.max(start, end - 1) : end;
    for (let column = start; column <= last; column++) {
      canvas.put(column, row, FAILURES[bar.tone], bar.tone);
    }
  }
}

function drawSteps({ steps }: Chart, canvas: Canvas): void {
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    if (before === undefined) continue;
    const [from, to] = [canvas.row(before.y), canvas.row(step.y)];
    const [start, end] = [canvas.column(before.x), canvas.column(step.x)];
    for (let column = start; column <= end; column++) canvas.put(column, from, "─", "best");
    for (let row = Math.min(from, to); row <= Math.max(from, to); row++) {
      if (from !== to) canvas.put(end, row, "│", "best");
    }
  }
}

function drawDots({ dots }: Chart, canvas: Canvas): void {
  for (const dot of dots) {
    const put = (mark: string): void =>
      canvas.put(canvas.column(dot.x), canvas.row(dot.y), mark, dot.tone);
    if (dot.tone === "best") put(BEST);
    else if (dot.tone !== "value") put(FAILURES[dot.tone]);
    else if (dot.level !== null) put(String(dot.level));
    else if (dots.length <= MAX_BULLETS) put(MARKS.dot);
    else canvas.dot(dot.x, dot.y, "value");
  }
}

/** What stands left of each row; a label that would fall on another's row is left out. */
function labelRows(chart: Chart, canvas: Canvas, gutter: number, rows: number): string[] {
  const labels = Array.from({ length: rows }, () => " ".repeat(gutter));
  for (const tick of chart.y.ticks) {
    const row = canvas.row(tick.at);
    if (labels[row]?.trim() === "") labels[row] = padText(tick.label, gutter, "right");
  }
  return labels;
}

function rail(chart: Chart, columns: number, { paint }: TextOptions): string[] {
  if (chart.rail.length === 0) return [];
  const canvas = createCanvas(columns, 1);
  for (const { x, tone } of chart.rail) canvas.put(canvas.column(x), 0, FAILURES[tone], tone);
  return canvas.lines(paint);
}

/** Labels centred below their place, without touching each other. */
function tickLine({ x }: Chart, columns: number): string {
  const canvas = createCanvas(columns, 1);
  const room = x.slots ? slotRoom(x.ticks, columns) : columns;
  let free = 0;
  for (const tick of x.ticks) {
    const text = fitText(tick.label, room);
    const width = textWidth(text);
    const start = Math.max(0, Math.min(columns - width, canvas.column(tick.at) - (width >> 1)));
    if (start < free) continue;
    canvas.put(start, 0, text, "dim");
    free = start + width + 1;
  }
  return canvas.lines((_, text) => text).join("");
}
