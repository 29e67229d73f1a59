import type { OutputStream } from "./io.ts";

/** Each function wraps a text in one style, or returns it unchanged where colour is off. */
export interface Colour {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

/** Colour for one stream: only on a terminal, never with NO_COLOR or TERM=dumb. */
export function colourFor(stream: OutputStream, env: Record<string, string | undefined>): Colour {
  const on = stream.isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  const style = (open: number, close: number) => (text: string) =>
    on ? `\x1b[${open}m${text}\x1b[${close}m` : text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
  };
}
