import type { Chart, ChartAxis } from "../figure.ts";
import { fitText, slotRoom, textWidth } from "../label.ts";
import { RAIL, barMarks, dotMarks, fieldPaths, railMarks, stepLine } from "./marks-svg.ts";
import { CHAR, MARGIN, WIDTH, emptyNote, svgPage } from "./page.ts";
import { planeOf, type Plane } from "./plane.ts";
import { coordinate, element, textAt } from "./xml.ts";

/** A chart as a whole SVG file. */
export function chartSvg(chart: Chart): string {
  const plane = planeOf(chart);
  const rail = chart.rail.length > 0 ? RAIL : 0;
  const bottom = plane.bottom + rail + (chart.x.label === "" ? 30 : 48);
  return svgPage(chart, bottom, [
    ...fieldPaths(chart, plane),
    ...gridX(chart.x, plane, rail),
    ...gridY(chart.y, plane),
    element(
      "rect",
      {
        class: "line axis",
        x: plane.left,
        y: plane.top,
        width: plane.right - plane.left,
        height: plane.bottom - plane.top,
      },
      "",
    ),
    ...barMarks(chart, plane),
    ...stepLine(chart, plane),
    ...dotMarks(chart.dots, plane),
    ...railMarks(chart, plane),
    ...emptyNote(chart, (plane.top + plane.bottom) / 2),
  ]);
}

function gridX({ ticks, slots, label }: ChartAxis, plane: Plane, rail: number): string[] {
  const parts: string[] = [];
  const base = plane.bottom + rail;
  const width = (plane.right - plane.left) / CHAR;
  const room = slots ? slotRoom(ticks, width) : width;
  let free = -Infinity;
  for (const tick of ticks) {
    const x = plane.x(tick.at);
    if (!slots) {
      parts.push(
        element("path", { class: "grid", d: `M${coordinate(x)} ${plane.top}V${base}` }, ""),
      );
    }
    const text = fitText(tick.label, room);
    const half = (textWidth(text) * CHAR) / 2;
    const middle = Math.max(MARGIN / 2 + half, Math.min(x, WIDTH - MARGIN / 2 - half));
    if (middle - half < free) continue;
    free = middle + half + 8;
    parts.push(textAt(middle, base + 17, text, { class: "muted", "text-anchor": "middle" }));
  }
  const middle = (plane.left + plane.right) / 2;
  parts.push(textAt(middle, base + 37, fitText(label, width), { "text-anchor": "middle" }));
  return parts;
}

function gridY({ ticks, slots, label }: ChartAxis, plane: Plane): string[] {
  const parts: string[] = [];
  let free = Infinity;
  for (const tick of ticks) {
    const y = plane.y(tick.at);
    if (!slots) {
      parts.push(
        element(
          "path",
          { class: "grid", d: `M${coordinate(plane.left)} ${coordinate(y)}H${plane.right}` },
          "",
        ),
      );
    }
    if (y > free) continue;
    free = y - 14;
    parts.push(
      textAt(plane.left - 7, y + 4, fitText(tick.label, 20), {
        class: "muted",
        "text-anchor": "end",
      }),
    );
  }
  const y = (plane.top + plane.bottom) / 2;
  if (label === "") return parts;
  const text = fitText(label, (plane.bottom - plane.top) / CHAR);
  const turn = `rotate(-90 ${MARGIN + 8} ${coordinate(y)})`;
  parts.push(textAt(MARGIN + 8, y, text, { "text-anchor": "middle", transform: turn }));
  return parts;
}
