/** Columns of the budgets. */
export const BUDGET_HEAD = ["at 50", "at 100", "at 200"];

/** A Markdown table; the first column to the left, the others to the right. */
export function markdownTable(
  head: readonly string[],
  lines: readonly (readonly string[])[],
): string {
  const rule = head.map((_, at) => (at === 0 ? "---" : "---:"));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Two digits; nothing for what was not measured. */
export function twoDigits(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? "" : value.toFixed(2);
}

/** The number with its standard error, where there is one. */
export function withError(number: string, error: number): string {
  return Number.isFinite(error) && number !== "" ? `${number} ± ${twoDigits(error)}` : number;
}

/** The lowest of a column in bold. Equal ones share it. */
export function boldLowest(values: readonly number[], render = twoDigits): string[] {
  const lowest = Math.min(...values.filter((value) => Number.isFinite(value)));
  return values.map((value) => (value === lowest ? `**${render(value)}**` : render(value)));
}
