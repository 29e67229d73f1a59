import type { TextOptions } from "../plot/text/options.ts";
import type { CommandContext } from "./command.ts";

/** How plots are written on this stdout: as wide as the terminal, 80 columns for a program. */
export function plotOptions({ io, out }: Pick<CommandContext, "io" | "out">): TextOptions {
  const { colour } = out;
  return {
    width: io.stdout.columns(),
    paint(tone, text) {
      switch (tone) {
        case "best":
          return colour.green(text);
        case "failed":
          return colour.red(text);
        case "pruned":
          return colour.yellow(text);
        case "dim":
        case "other":
          return colour.dim(text);
        case "value":
          return text;
        default:
          return tone satisfies never;
      }
    },
  };
}
