import type { Bar, Chart, Dot, Tone } from "../figure.ts";
import { crossPath } from "./page.ts";
import { INSET, type Plane } from "./plane.ts";
import { coordinate, element, escapeXml } from "./xml.ts";

/** Up to so many marks get a tooltip each; more share one path, ten bytes a mark. */
const MAX_TIPS = 300;
/** How high the strip of crosses below the frame is. */
export const RAIL = 18;

/** The field, one path for each level: half the size of one rectangle a cell. */
export function fieldPaths({ field }: Chart, plane: Plane): string[] {
  if (field === null) return [];
  const width = (plane.x(1) - plane.x(0)) / field.columns;
  const height = (plane.y(0) - plane.y(1)) / field.rows;
  const paths = new Map<number, string>();
  for (const [cell, level] of field.levels.entries()) {
    if (level === null) continue;
    const column = cell % field.columns;
    // Neighbours of one level are one rectangle, and a hair of overlap closes the seams.
    if (column > 0 && field.levels[cell - 1] === level) continue;
    let run = 1;
    while (column + run < field.columns && field.levels[cell + run] === level) run++;
    const x = coordinate(plane.x(0) + column * width);
    const y = coordinate(plane.y(0) - (Math.floor(cell / field.columns) + 1) * height);
    const [w, h] = [coordinate(run * width + 0.3), coordinate(height + 0.3)];
    paths.set(level, `${paths.get(level) ?? ""}M${x} ${y}h${w}v${h}h-${w}z`);
  }
  return Array.from(paths, ([level, d]) =>
    element("path", { class: `dot field l${level}`, d }, ""),
  );
}

/** The bars of a timeline. */
export function barMarks({ bars: all, lanes }: Chart, plane: Plane): string[] {
  const lane = (plane.bottom - plane.top - 2 * INSET) / Math.max(1, lanes);
  // One pixel less, so that runs that follow each other are told apart.
  const length = (bar: Bar): number => Math.max(1.5, plane.x(bar.x1) - plane.x(bar.x0) - 1);
  const top = (bar: Bar): number => plane.top + INSET + bar.lane * lane + lane * 0.08;
  const height = lane * 0.84;
  if (all.length <= MAX_TIPS) {
    return all.map((bar) =>
      element(
        "rect",
        { class: `dot ${bar.tone}`, x: plane.x(bar.x0), y: top(bar), width: length(bar), height },
        element("title", {}, escapeXml(bar.tip)),
      ),
    );
  }
  const byTone = new Map<Tone, string>();
  for (const bar of all) {
    const start = `M${coordinate(plane.x(bar.x0))} ${coordinate(top(bar) + height / 2)}`;
    byTone.set(bar.tone, `${byTone.get(bar.tone) ?? ""}${start}h${coordinate(length(bar))}`);
  }
  return Array.from(byTone, ([tone, d]) =>
    element("path", { class: `line ${tone}`, "stroke-width": height, d }, ""),
  );
}

/** The line of steps. */
export function stepLine(chart: Chart, plane: Plane): string[] {
  if (chart.steps.length === 0) return [];
  let d = "";
  let last = "";
  for (const step of chart.steps) {
    const x = coordinate(plane.x(step.x));
    const y = coordinate(plane.y(step.y));
    if (`${x} ${y}` === last) continue;
    d += d === "" ? `M${x} ${y}` : `H${x}V${y}`;
    last = `${x} ${y}`;
  }
  return [element("path", { class: "line best", "stroke-width": 2, d }, "")];
}

/** The dots, the best on top. */
export function dotMarks(all: readonly Dot[], plane: Plane): string[] {
  const best = all.filter((dot) => dot.tone === "best");
  const others = all.filter((dot) => dot.tone !== "best");
  const plain =
    others.length <= MAX_TIPS ? others.map((d) => circle(d, plane)) : dotPaths(others, plane);
  return [...plain, ...best.map((dot) => circle(dot, plane))];
}

function circle(dot: Dot, plane: Plane): string {
  const isBest = dot.tone === "best";
  if (!isBest && dot.tone !== "value") {
    return element(
      "path",
      {
        class: `line ${dot.tone}`,
        "stroke-width": 1.6,
        d: crossPath(plane.x(dot.x), plane.y(dot.y)),
      },
      element("title", {}, escapeXml(dot.tip)),
    );
  }
  return element(
    "circle",
    {
      class: isBest ? "dot best halo" : `dot ${dotClass(dot)}${dot.level === null ? "" : " rim"}`,
      cx: plane.x(dot.x),
      cy: plane.y(dot.y),
      r: isBest ? 6 : 3.5,
    },
    element("title", {}, escapeXml(dot.tip)),
  );
}

function dotPaths(all: readonly Dot[], plane: Plane): string[] {
  const byClass = new Map<string, string>();
  for (const dot of all) {
    const at = `M${coordinate(plane.x(dot.x))} ${coordinate(plane.y(dot.y))}h0`;
    byClass.set(dotClass(dot), (byClass.get(dotClass(dot)) ?? "") + at);
  }
  return Array.from(byClass, ([tone, d]) => element("path", { class: `dots soft ${tone}`, d }, ""));
}

function dotClass({ tone, level }: Dot): string {
  return level === null ? tone : `l${level}`;
}

/** Crosses below the frame. */
export function railMarks(chart: Chart, plane: Plane): string[] {
  const byTone = new Map<string, string>();
  for (const mark of chart.rail) {
    const d = crossPath(plane.x(mark.x), plane.bottom + RAIL / 2);
    byTone.set(mark.tone, (byTone.get(mark.tone) ?? "") + d);
  }
  return Array.from(byTone, ([tone, d]) =>
    element("path", { class: `line ${tone}`, "stroke-width": 1.6, d }, ""),
  );
}
