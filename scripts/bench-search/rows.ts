import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";

/** One search, as it stands in the file of raw rows. Empty cells are null. */
export interface Row {
  problem: string;
  seed: number;
  engine: string;
  /** After 50, 100 and 200 trials; null: the search was shorter, or nothing worked. */
  best: (number | null)[];
  optimum: number | null;
  random_median: number;
  /** Lowest value that the random searches saw. */
  lowest: number;
  failures: number;
  ask_ms: number;
}

const HEAD =
  "problem,seed,engine,best_50,best_100,best_200,optimum,random_median,lowest,failures,ask_ms";

export function startRows(file: string): void {
  writeFileSync(file, `${HEAD}\n`);
}

export function appendRow(file: string, row: Row): void {
  appendFileSync(file, `${line(row)}\n`);
}

/** Rows in a settled order, so that files of two runs can be compared. */
export function renderRows(rows: readonly Row[]): string {
  const key = (row: Row): string => `${row.problem},${String(row.seed).padStart(6)},${row.engine}`;
  const sorted = [...rows].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return `${[HEAD, ...sorted.map(line)].join("\n")}\n`;
}

function line(row: Row): string {
  const best = [0, 1, 2].map((at) => row.best[at] ?? null);
  const cells = [row.problem, row.seed, row.engine, ...best, row.optimum, row.random_median];
  return [...cells, row.lowest, row.failures, row.ask_ms.toFixed(3)]
    .map((cell) => (cell === null ? "" : String(cell)))
    .join(",");
}

/** Rows of an earlier run; none when there is no such file. A line cut off by a kill is left out. */
export function readRows(file: string): Row[] {
  if (!existsSync(file)) return [];
  const [head, ...lines] = readFileSync(file, "utf8").split("\n");
  if (head !== HEAD) throw new Error(`${file}: expected the columns ${HEAD}`);
  return lines.flatMap((text) => {
    const cells = text.split(",");
    if (cells.length !== HEAD.split(",").length) return [];
    const number = (at: number): number | null => {
      const cell = cells[at] ?? "";
      return cell === "" ? null : Number(cell);
    };
    return [
      {
        problem: cells[0] ?? "",
        seed: number(1) ?? 0,
        engine: cells[2] ?? "",
        best: [number(3), number(4), number(5)],
        optimum: number(6),
        random_median: number(7) ?? Infinity,
        lowest: number(8) ?? Infinity,
        failures: number(9) ?? 0,
        ask_ms: number(10) ?? 0,
      },
    ];
  });
}
