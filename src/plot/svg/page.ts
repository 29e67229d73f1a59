import type { Caption, LegendItem } from "../figure.ts";
import { fitText, textWidth } from "../label.ts";
import { LEVELS } from "../levels.ts";
import { styleSheet } from "./theme.ts";
import { coordinate, element, escapeXml, textAt } from "./xml.ts";

/** Width of every picture in pixels; it scales to where it is shown. */
export const WIDTH = 720;
/** Space left and right of everything. */
export const MARGIN = 18;
/** How wide a column of text is, a little more than the mean of the fonts in the style sheet. */
export const CHAR = 6.8;
const LINE = 17;

/** Where the picture itself goes: below the captions. */
export const TOP = 84;

/**
 * A whole SVG file: captions above, `body` from TOP to `bottom`, notes below. It has no script, no
 * link and no id, so it may stand alone, in an <img> or several times in one page.
 */
export function svgPage(caption: Caption, bottom: number, body: readonly string[]): string {
  const height = bottom + 14 + LINE * caption.notes.length;
  const said = [caption.subtitle, caption.empty ?? "", ...caption.notes].filter((s) => s !== "");
  const columns = (WIDTH - 2 * MARGIN) / CHAR;
  return `${element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${WIDTH} ${height}`,
      width: WIDTH,
      height,
      role: "img",
    },
    [
      element("title", {}, escapeXml(caption.title)),
      element("desc", {}, escapeXml(said.join(". "))),
      element("style", {}, styleSheet()),
      element("rect", { class: "paper", width: WIDTH, height, rx: 6 }, ""),
      textAt(MARGIN, 28, fitText(caption.title, columns * 0.7), { class: "title" }),
      textAt(MARGIN, 48, fitText(caption.subtitle, columns), { class: "muted" }),
      ...legend(caption.legend),
      ...body,
      ...caption.notes.map((note, index) =>
        textAt(MARGIN, bottom + 8 + LINE * index, fitText(note, columns), { class: "muted" }),
      ),
    ],
  )}\n`;
}

/** What is said in the middle of an empty picture. */
export function emptyNote(caption: Caption, y: number): string[] {
  if (caption.empty === null) return [];
  return [textAt(WIDTH / 2, y, caption.empty, { class: "muted", "text-anchor": "middle" })];
}

/** A cross of 7 pixels around a point, as path data. */
export function crossPath(x: number, y: number): string {
  return `M${coordinate(x - 3.5)} ${coordinate(y - 3.5)}l7 7m0 -7l-7 7`;
}

function legend(items: readonly LegendItem[]): string[] {
  const parts: string[] = [];
  let x = MARGIN;
  for (const item of items) {
    const { drawn, width } = legendItem(item, x, 68);
    parts.push(drawn);
    x += width + 18;
  }
  return parts;
}

function legendItem(item: LegendItem, x: number, y: number): { drawn: string; width: number } {
  if (item.mark === "ramp") {
    const from = x + textWidth(item.worst) * CHAR + 8;
    const boxes = Array.from({ length: LEVELS }, (_, level) =>
      element(
        "rect",
        { class: `dot l${level}`, x: from + level * 12, y: y - 10, width: 12, height: 10 },
        "",
      ),
    );
    const to = from + LEVELS * 12 + 8;
    return {
      drawn: element("g", {}, [
        textAt(x, y, item.worst, { class: "muted" }),
        ...boxes,
        textAt(to, y, item.best, { class: "muted" }),
      ]),
      width: to - x + textWidth(item.best) * CHAR,
    };
  }
  return {
    drawn: element("g", {}, [
      legendMark(item, x, y - 4),
      textAt(x + 20, y, item.label, { class: "muted" }),
    ]),
    width: 20 + textWidth(item.label) * CHAR,
  };
}

function legendMark(
  { mark, tone }: Exclude<LegendItem, { mark: "ramp" }>,
  x: number,
  y: number,
): string {
  const middle = x + 7;
  switch (mark) {
    case "dot":
      return element("circle", { class: `dot ${tone}`, cx: middle, cy: y, r: 4 }, "");
    case "line":
      return element("path", { class: `line ${tone}`, "stroke-width": 2, d: `M${x} ${y}h14` }, "");
    case "cross":
      return element(
        "path",
        { class: `line ${tone}`, "stroke-width": 1.6, d: crossPath(middle, y) },
        "",
      );
    case "bar":
      return element("rect", { class: `dot ${tone}`, x, y: y - 5, width: 14, height: 10 }, "");
    default:
      return mark satisfies never;
  }
}
