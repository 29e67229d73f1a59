import { LabError } from "../errors.ts";

/** One thing wrong with a SPEC. Lines and columns count from 1; `field` is a dotted path. */
export interface Problem {
  line: number;
  col: number;
  field: string;
  message: string;
}

/** More problems than this are counted, not shown. */
export const MAX_SHOWN_PROBLEMS = 100;

/** `file:line:col field: message`, on one line whatever the field is called. */
export function problemLine(file: string, problem: Problem): string {
  // YAML allows a field without a name; quotes make it visible.
  const field =
    oneLine(problem.field).trim() === "" ? JSON.stringify(problem.field) : problem.field;
  const what = oneLine(`${field}: ${problem.message}`);
  return `${file}:${problem.line}:${problem.col} ${what}`;
}

function oneLine(text: string): string {
  const flat = text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");
  return flat.length <= 500 ? flat : `${flat.slice(0, 497)}...`;
}

/** The error of a SPEC with these problems (at least one): the first is the message, all are its details. */
export function specError(
  file: string,
  problems: readonly Problem[],
  hint = "Correct the SPEC at the places named; `labctl validate <spec>` checks it without creating anything.",
): LabError {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.col - b.col);
  const lines = sorted.slice(0, MAX_SHOWN_PROBLEMS).map((problem) => problemLine(file, problem));
  const unseen = sorted.length - lines.length;
  const more = sorted.length > 1 ? ` (and ${sorted.length - 1} more)` : "";
  return new LabError("usage", `${lines[0]}${more}`, {
    details: unseen > 0 ? [...lines, `... and ${unseen} more problems`] : lines,
    hint,
  });
}
