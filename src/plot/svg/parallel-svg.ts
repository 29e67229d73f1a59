import type { ChartAxis, Parallel } from "../figure.ts";
import { countText, fitText, textWidth } from "../label.ts";
import { LEVELS } from "../levels.ts";
import { CHAR, MARGIN, TOP, WIDTH, emptyNote, svgPage } from "./page.ts";
import { coordinate, element, escapeXml, textAt } from "./xml.ts";

const HEIGHT = 330;
/** Axis names stand in two rows, every other one below, so that each has twice the room. */
const NAMES = 40;

/** Parallel axes as a whole SVG file. */
export function parallelSvg(plot: Parallel): string {
  const top = TOP + 6;
  const bottom = top + HEIGHT;
  const left = MARGIN + 40;
  const right = WIDTH - MARGIN - 54;
  const gap = (right - left) / Math.max(1, plot.axes.length - 1);
  const x = (index: number): number => left + index * gap;
  const y = (at: number): number => bottom - at * HEIGHT;
  const sampled =
    plot.lines.length < plot.measured
      ? [`${plot.lines.length} lines drawn for ${countText(plot.measured, "run")}`]
      : [];
  const thick = plot.lines.length <= 60;
  const caption = { ...plot, notes: [...plot.notes, ...sampled] };
  return svgPage(caption, bottom + NAMES + 12, [
    // The best last, so that they lie on top.
    ...plot.lines.toReversed().map(({ at, level, tip }, index, all) => {
      const isBest = index === all.length - 1;
      return element(
        "path",
        {
          class: `line ${isBest ? "best" : `l${level}`}`,
          "stroke-width": isBest ? 2.5 : thick && level === LEVELS - 1 ? 1.8 : thick ? 1 : 0.6,
          d: linePath(at, x, y),
        },
        all.length <= 100 ? element("title", {}, escapeXml(tip)) : "",
      );
    }),
    ...plot.axes.flatMap((axis, index) => [
      element("path", { class: "line axis", d: `M${coordinate(x(index))} ${top}V${bottom}` }, ""),
      ...tickLabels(axis, x(index), y, gap),
      axisName(axis, { x: x(index), y: bottom + 20 + (index % 2) * 18, gap }),
    ]),
    ...emptyNote(plot, TOP - 16),
  ]);
}

/** A line with gaps where the run lacks a parameter. */
function linePath(
  at: readonly (number | null)[],
  x: (index: number) => number,
  y: (at: number) => number,
): string {
  let d = "";
  let pen = "M";
  for (const [index, place] of at.entries()) {
    if (place !== null) d += `${pen}${coordinate(x(index))} ${coordinate(y(place))}`;
    pen = place === null ? "M" : "L";
  }
  return d;
}

/** Centred below its axis, and whole inside the picture. */
function axisName(axis: ChartAxis, { x, y, gap }: { x: number; y: number; gap: number }): string {
  const text = fitText(axis.label, Math.max(6, (2 * gap) / CHAR - 2));
  const half = (textWidth(text) * CHAR) / 2 + MARGIN / 2;
  const middle = Math.max(half, Math.min(WIDTH - half, x));
  return textAt(middle, y, text, { "text-anchor": "middle" });
}

/** Labels right of their axis, with a halo because lines run below them. */
function tickLabels(axis: ChartAxis, x: number, y: (at: number) => number, gap: number): string[] {
  let free = Infinity;
  return axis.ticks.flatMap((tick) => {
    const place = y(tick.at);
    if (place > free) return [];
    free = place - (axis.slots ? 20 : 15);
    const text = fitText(tick.label, Math.max(4, Math.min(gap, 140) / CHAR - 2));
    return [
      textAt(x + 5, place + 4, text, {
        class: "halo",
        style: "stroke-width:3;paint-order:stroke;stroke-linejoin:round",
      }),
    ];
  });
}
