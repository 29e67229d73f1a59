/**
 * Text of unknown origin (goals, notes, ids, batons) made safe to stand inside a projection: it
 * can neither add a line nor start a heading that a reader of these files would take for ours.
 */

import type { JsonValue } from "../domain/types.ts";

/** The text on one line: runs of white space and control characters become one space. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
}

/** `oneLine`, cut to at most `limit` UTF-16 units; a cut text ends in "...". */
export function clip(text: string, limit: number): string {
  const line = oneLine(text);
  return line.length <= limit ? line : cut(line, limit);
}

/** The first `limit` units of `text`, the last three of them "..."; never half a character. */
export function cut(text: string, limit: number): string {
  const head = text.slice(0, limit - 3);
  return `${head.replace(/[\uD800-\uDBFF]$/u, "").trimEnd()}...`;
}

/** One line as a code span, whatever backticks it holds. */
export function code(text: string): string {
  const line = oneLine(text);
  const runs = line.match(/`+/g);
  if (runs === null) return `\`${line}\``;
  const fence = "`".repeat(Math.max(...runs.map((run) => run.length)) + 1);
  return `${fence} ${line} ${fence}`;
}

/** `clip` for a line that stands alone, so that it is read as a sentence and not as Markdown structure. */
export function sentence(text: string, limit: number): string {
  return escapeStart(clip(text, limit));
}

/** Several lines kept as lines, without control characters and without headings of level 1 or 2. */
export function block(text: string): string {
  return text
    .toWellFormed()
    .split(/\r\n|[\n\r\u2028\u2029]/u)
    .map((line) =>
      line
        .replaceAll(/[^\P{Cc}\t]+/gu, " ")
        .trimEnd()
        .replace(/^\s{0,3}#{1,2}(?=\s|$)/u, (heading) => heading.replace("#", "\\#")),
    )
    .join("\n")
    .trim();
}

/** The first line that says something: not blank and not a heading; else `fallback`. */
export function firstContentLine(text: string, fallback: string): string {
  const lines = text.split(/[\r\n]+/).map(oneLine);
  return lines.find((line) => line !== "" && !line.startsWith("#")) ?? fallback;
}

/** JSON on one line, with every control character and line separator escaped. */
export function jsonLine(value: JsonValue): string {
  return JSON.stringify(value).replaceAll(
    /[\p{Cc}\u2028\u2029]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A `## title` with its lines and a blank line after it; nothing at all when there are no lines. */
export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, ...lines, ""];
}

/** A section that is one code span of at most 500 characters, such as a command; nothing for "". */
export function codeSection(title: string, text: string): string[] {
  return section(title, text === "" ? [] : [code(clip(text, 500))]);
}

/** One `- ` line with a code span an item. */
export function bullets(items: readonly string[]): string[] {
  return items.map((item) => `- ${code(item)}`);
}

/** The lines as a file: ends in exactly one newline. */
export function toFile(lines: readonly string[]): string {
  return `${lines.join("\n").trimEnd()}\n`;
}

/** Headings, fences, rules under a line (which make it a heading), and HTML would change what follows. */
function escapeStart(line: string): string {
  return /^(?:#{1,6}(?:\s|$)|`{3}|~{3}|[=-]+$|<[a-z/!?])/i.test(line) ? `\\${line}` : line;
}
