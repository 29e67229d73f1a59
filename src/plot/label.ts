/**
 * Text of unknown origin (names, choices, metrics) as a label: one line, with no character that
 * could steer a terminal, turn the writing direction or be illegal in XML.
 */
export function safeText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}\p{Cf}\uFFFE\uFFFF]+/gu, " ")
    .trim();
}

const COMBINING = /\p{M}/u;
const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}|[\u{20000}-\u{3FFFD}]/u;

function charWidth(char: string): number {
  if (char < "\u0300") return 1;
  if (COMBINING.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}

/** How many columns of a terminal a label takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

/** The safe text, cut to `width` columns; a cut one ends in "…". */
export function fitText(text: string, width: number): string {
  const safe = safeText(text);
  if (textWidth(safe) <= width) return safe;
  let kept = "";
  let used = 0;
  for (const char of safe) {
    used += charWidth(char);
    if (used > width - 1) break;
    kept += char;
  }
  return width < 1 ? "" : `${kept.trimEnd()}…`;
}

/** The safe text in exactly `width` columns. */
export function padText(text: string, width: number, align: "left" | "right" = "left"): string {
  const fitted = fitText(text, width);
  const space = " ".repeat(Math.max(0, width - textWidth(fitted)));
  return align === "left" ? fitted + space : space + fitted;
}

/**
 * How wide the label of one of many slots may be, so that names stay readable: they take the room
 * of several slots when their own is too narrow, and then not every slot has one.
 */
export function slotRoom(ticks: readonly { label: string }[], width: number): number {
  const slot = width / Math.max(1, ticks.length);
  const widest = ticks.reduce((most, { label }) => Math.max(most, textWidth(label)), 1);
  return Math.floor(Math.max(slot - 1, Math.min(widest, 16)));
}

/** A number for people: at most `digits` significant ones, with an exponent when far from 1. */
export function numberText(value: number, digits = 4): string {
  const rounded = Number(value.toPrecision(Math.max(1, Math.min(17, digits))));
  const size = Math.abs(rounded);
  if (size === 0) return "0";
  if (size >= 1e6 || size < 1e-4) return rounded.toExponential().replace("e+", "e");
  return String(rounded);
}

/** `1 run`, `12,345 runs`. */
export function countText(count: number, one: string): string {
  const grouped = String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return `${grouped} ${one}${count === 1 ? "" : "s"}`;
}
