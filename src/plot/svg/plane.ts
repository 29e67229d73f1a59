import type { Chart } from "../figure.ts";
import { textWidth } from "../label.ts";
import { CHAR, MARGIN, TOP, WIDTH } from "./page.ts";

const HEIGHT = 320;
/** Marks at 0 and 1 lie whole inside the frame. */
export const INSET = 8;

/** Where a chart's frame is, and where positions 0 to 1 lie in it, in pixels. */
export interface Plane {
  left: number;
  right: number;
  top: number;
  bottom: number;
  x(at: number): number;
  y(at: number): number;
}

/** The plane of a chart: as wide as its labels leave room, and as high as its lanes need. */
export function planeOf(chart: Chart): Plane {
  const widest = Math.max(0, ...chart.y.ticks.map((tick) => textWidth(tick.label)));
  const label = chart.y.label === "" ? 0 : 20;
  const left = MARGIN + label + Math.min(widest, 20) * CHAR + 8;
  const right = WIDTH - MARGIN;
  const lanes = chart.lanes * 40 + 2 * INSET;
  const height = chart.lanes > 0 ? Math.max(60, Math.min(HEIGHT, lanes)) : HEIGHT;
  const bottom = TOP + height;
  const inset = chart.field === null ? INSET : 0;
  const width = right - left - 2 * inset;
  return {
    left,
    right,
    top: TOP,
    bottom,
    x: (at) => left + inset + at * width,
    y: (at) => bottom - inset - at * (height - 2 * inset),
  };
}
