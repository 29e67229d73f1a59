/** Characters that a terminal or a parser may act upon; newline and tab are text. */
// oxlint-disable-next-line no-control-regex -- these are what has to go
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g;

/**
 * Text that somebody else controls as a block that it cannot end itself: the fence is longer than
 * any row of backticks in it.
 */
export function fenced(text: string, label = ""): string {
  const clean = withoutControls(text);
  const longest = Math.max(2, ...[...clean.matchAll(/`+/g)].map(([row]) => row.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${label}\n${clean.replace(/\n$/, "")}\n${fence}`;
}

export function withoutControls(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(CONTROL, "");
}

/** The beginning and the end of a text that is longer than `limit` characters. */
export function trimmed(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor((limit - 40) / 2);
  const cut = text.length - 2 * half;
  return `${text.slice(0, half)}\n[... ${cut} characters left out ...]\n${text.slice(-half)}`;
}

/** One line of at most `limit` characters. */
export function clipped(text: string, limit: number): string {
  const line = withoutControls(text).replaceAll(/\s+/g, " ").trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 3)}...`;
}
