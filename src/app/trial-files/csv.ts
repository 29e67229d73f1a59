/**
 * Reads CSV as RFC 4180 has it (quoted cells may hold commas, quotes and line breaks), with `,`,
 * `;` or tab between cells, whichever the first line uses. Rows without any text are left out.
 */
export function parseCsv(text: string): { line: number; cells: string[] }[] {
  const source = text.replace(/^\uFEFF/, "");
  const separator = separatorOf(source);
  const rows: { line: number; cells: string[] }[] = [];
  let cells: string[] = [];
  let line = 1;
  let startLine = 1;
  let at = 0;

  function quotedCell(): string {
    let cell = "";
    for (at += 1; at < source.length; at += 1) {
      const character = source[at];
      if (character === '"') {
        if (source[at + 1] !== '"') break;
        at += 1;
      }
      if (character === "\n") line += 1;
      cell += character;
    }
    at += 1;
    return cell + plainCell();
  }

  function plainCell(): string {
    const from = at;
    while (at < source.length && source[at] !== separator && !/[\r\n]/.test(source[at] ?? "")) {
      at += 1;
    }
    return source.slice(from, at);
  }

  function endRow(): void {
    if (cells.some((cell) => cell.trim() !== "")) rows.push({ line: startLine, cells });
    cells = [];
    startLine = line;
  }

  while (at < source.length) {
    cells.push(source[at] === '"' ? quotedCell() : plainCell());
    if (source[at] === separator) {
      at += 1;
      if (at === source.length) cells.push("");
      continue;
    }
    if (source[at] === "\r") at += 1;
    if (source[at] === "\n") at += 1;
    line += 1;
    endRow();
  }
  endRow();
  return rows;
}

function separatorOf(text: string): string {
  const [head = ""] = text.split(/[\r\n]/, 1);
  return [",", ";", "\t"].find((candidate) => head.includes(candidate)) ?? ",";
}
