import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { PROBLEMS } from "./problems.ts";
import type { Reference } from "./reference.ts";
import { gotTo } from "./scores.ts";
import { BUDGETS } from "./search-once.ts";
import type { Stamp } from "./stamps.ts";
import type { Task } from "./worker.ts";

/** How one search went. Empty cells of the file are null. */
export interface SearchRow {
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

/** One search, as it stands in the file of raw rows. */
export interface Row extends SearchRow, Stamp {
  /** When it ended, in UTC, to the minute. */
  made: string;
}

const HEAD =
  "problem,seed,engine,best_50,best_100,best_200,optimum,random_median,lowest,failures,ask_ms,made,version,engine_code,problem_code";

export function startRows(file: string): void {
  writeFileSync(file, `${HEAD}\n`);
}

export function appendRow(file: string, row: Row): void {
  appendFileSync(file, `${line(row)}\n`);
}

/** Whole or not at all: rows are hours of work. */
function writeRows(file: string, rows: readonly Row[]): void {
  writeFileSync(`${file}.new`, [HEAD, ...rows.map(line), ""].join("\n"));
  renameSync(`${file}.new`, file);
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
  const stamp = [row.made, row.version, row.engine_code, row.problem_code];
  return [...cells, row.lowest, row.failures, row.ask_ms.toFixed(3), ...stamp]
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
        made: cells[11] ?? "",
        version: cells[12] ?? "",
        engine_code: cells[13] ?? "",
        problem_code: cells[14] ?? "",
      },
    ];
  });
}

/** Searches that were asked for: those of the file that still hold, and those to run. */
export interface Resumed {
  rows: Row[];
  missing: Task[];
}

/**
 * Sorts an earlier file out. Rows of a search that is asked for are `rows` when they were made from
 * the same code and went on long enough. Rows of other searches stay in the file. Those that do not
 * hold any more are moved to FILE.old, and their searches are `missing`. What random search does on a
 * problem is taken from any row of the same problem: measuring it costs more than most searches.
 */
export function resumeRows(
  file: string,
  tasks: readonly Task[],
  stampOf: (engine: string, problem: string) => Stamp,
): Resumed {
  const asked = new Map(tasks.map((task) => [keyOf(task), task]));
  const rows = new Map<string, Row>();
  const kept: Row[] = [];
  const old: Row[] = [];
  const references = new Map<string, Reference>();
  for (const row of readRows(file)) {
    if (row.problem_code === stampOf(row.engine, row.problem).problem_code) {
      const { random_median, lowest } = row;
      references.set(instanceOf(row), { random_median, lowest });
    }
    const task = asked.get(keyOf(row));
    if (task === undefined) kept.push(row);
    else if (holds(row, task, stampOf(row.engine, row.problem))) rows.set(keyOf(row), row);
    else old.push(row);
  }
  if (old.length > 0) writeRows(`${file}.old`, [...readRows(`${file}.old`), ...old]);
  writeRows(file, [...kept, ...rows.values()]);
  const missing = tasks.filter((task) => !rows.has(keyOf(task)));
  return {
    rows: [...rows.values()],
    missing: missing.map((task) => {
      const reference = references.get(instanceOf(task));
      return reference === undefined ? task : { ...task, reference };
    }),
  };
}

/** What a reference holds for: real tasks are the same for every seed. */
function instanceOf({ problem, seed }: Pick<Row, "problem" | "seed">): string {
  const found = PROBLEMS.find(({ name }) => name === problem);
  return found?.moves === false ? problem : `${problem} ${seed}`;
}

function holds(row: Row, task: Task, stamp: Stamp): boolean {
  const isLongEnough = BUDGETS.every((budget, at) => budget > task.budget || gotTo(row, at));
  return (
    isLongEnough && row.engine_code === stamp.engine_code && row.problem_code === stamp.problem_code
  );
}

function keyOf({ problem, seed, engine }: Pick<Row, "problem" | "seed" | "engine">): string {
  return `${problem} ${seed} ${engine}`;
}
