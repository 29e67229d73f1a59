import type { Bars } from "../figure.ts";
import { fitText, textWidth } from "../label.ts";
import { CHAR, MARGIN, WIDTH, emptyNote, svgPage } from "./page.ts";
import { element, escapeXml, textAt } from "./xml.ts";

const TOP = 68;
const ROW = 24;
/** Names are cut here, about a third of the width. */
const MAX_NAME = 34;

/** Named bars as a whole SVG file, one row each. */
export function barsSvg(plot: Bars): string {
  const longest = Math.max(0, ...plot.bars.map((bar) => textWidth(bar.name)));
  const left = MARGIN + Math.min(longest, MAX_NAME) * CHAR + 10;
  const widest = Math.max(0, ...plot.bars.map((bar) => textWidth(bar.label)));
  const room = WIDTH - MARGIN - left - widest * CHAR - 10;
  const bottom = TOP + Math.max(1, plot.bars.length) * ROW + (plot.empty === null ? 8 : 32);
  const rows = plot.bars.flatMap((bar, index) => {
    const y = TOP + index * ROW;
    const length = Math.max(1, bar.length * room);
    return [
      textAt(left - 8, y + 16, fitText(bar.name, MAX_NAME), { "text-anchor": "end" }),
      element(
        "rect",
        { class: "dot value", x: left, y: y + 4, width: length, height: ROW - 8, rx: 2 },
        element("title", {}, escapeXml(`${bar.name}: ${bar.label}`)),
      ),
      textAt(left + length + 8, y + 16, bar.label, { class: "muted" }),
    ];
  });
  return svgPage(plot, bottom, [...rows, ...emptyNote(plot, bottom - 12)]);
}
