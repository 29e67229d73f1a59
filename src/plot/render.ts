import type { Plot } from "./figure.ts";
import { barsSvg } from "./svg/bars-svg.ts";
import { chartSvg } from "./svg/chart-svg.ts";
import { parallelSvg } from "./svg/parallel-svg.ts";
import { barsText } from "./text/bars-text.ts";
import { chartText } from "./text/chart-text.ts";
import { parallelText } from "./text/parallel-text.ts";
import type { TextOptions } from "./text/options.ts";

/** A plot as a whole SVG file, without script, link or id. */
export function plotSvg(plot: Plot): string {
  switch (plot.form) {
    case "chart":
      return chartSvg(plot);
    case "bars":
      return barsSvg(plot);
    case "parallel":
      return parallelSvg(plot);
    default:
      return plot satisfies never;
  }
}

/** A plot as lines for a terminal, none of them wider than `width` columns (20 at least). */
export function plotText(plot: Plot, options: TextOptions): string[] {
  switch (plot.form) {
    case "chart":
      return chartText(plot, options);
    case "bars":
      return barsText(plot, options);
    case "parallel":
      return parallelText(plot, options);
    default:
      return plot satisfies never;
  }
}
