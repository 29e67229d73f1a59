import type { Machine } from "./machine.ts";
import { median, ratios, type Sample } from "./rounds.ts";

/** One line of the table: something measured, beside its floor and its target. */
export interface Row {
  group: string;
  what: string;
  unit: "ms" | "x" | "files" | "KB" | "MiB";
  ours: Sample;
  /** Measured in the same rounds; null where there is none. */
  floor: Sample | null;
  target: Target | null;
}

/** An upper bound on the median of what is measured, or of its ratio to the floor. */
export interface Target {
  at_most: number;
  of: "ours" | "ratio";
}

/** A row with everything a reader or a program wants to know of it. */
export interface Finding extends Omit<Row, "ours" | "floor"> {
  ours: Summary;
  floor: Summary | null;
  ratio: Summary | null;
  /** null without a target. */
  ok: boolean | null;
}

export interface Summary {
  median: number;
  min: number;
  max: number;
}

/** Judges a row. A number that could not be measured does not meet its target. */
export function judge(row: Row): Finding {
  const ours = summary(row.ours);
  const floor = row.floor === null ? null : summary(row.floor);
  const ratio = row.floor === null ? null : summary(ratios(row.ours, row.floor));
  const judged = row.target?.of === "ratio" ? ratio : ours;
  const ok = row.target === null ? null : (judged?.median ?? Infinity) <= row.target.at_most;
  return { ...row, ours, floor, ratio, ok };
}

function summary(sample: Sample): Summary {
  return { median: median(sample), min: Math.min(...sample), max: Math.max(...sample) };
}

const HEAD = ["", "median", "min..max", "floor", "ratio", "target", ""];

/** The findings as one aligned table, with what was missed said again at the end. */
export function renderTable(machine: Machine, findings: readonly Finding[]): string {
  const lines: string[][] = [HEAD];
  let group = "";
  for (const finding of findings) {
    if (finding.group !== group) lines.push([(group = finding.group)]);
    lines.push(cells(finding));
  }
  const widths = HEAD.map((_, column) =>
    // Group titles stand alone on their line and may be longer than the first column.
    Math.max(...lines.map((line) => (line.length === 1 ? 0 : (line[column] ?? "").length))),
  );
  const text = lines.map((line) => (line.length === 1 ? `\n${line[0]}` : aligned(line, widths)));
  return [title(machine), "", ...text, "", conclusion(findings)].join("\n");
}

function title(machine: Machine): string {
  const { date, labctl, bun, system, cores, memory_gib, file_system, load } = machine;
  return (
    `labctl ${labctl} (Bun ${bun}) on ${system}, ${cores} cores, ${memory_gib} GiB, ` +
    `${file_system}, load ${load}, ${date}`
  );
}

function cells({ what, unit, ours, floor, ratio, target, ok }: Finding): string[] {
  return [
    `  ${what}`,
    `${number(ours.median)} ${unit}`,
    `${number(ours.min)}..${number(ours.max)}`,
    floor === null ? "" : number(floor.median),
    ratio === null ? "" : `${number(ratio.median)}x`,
    target === null ? "" : `<= ${target.at_most} ${target.of === "ratio" ? "x floor" : unit}`,
    ok === null ? "" : ok ? "ok" : "MISS",
  ];
}

/** Names to the left, numbers to the right. */
function aligned(line: readonly string[], widths: readonly number[]): string {
  return line
    .map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 || column >= 5 ? cell.padEnd(width) : cell.padStart(width);
    })
    .join("  ")
    .trimEnd();
}

function conclusion(findings: readonly Finding[]): string {
  const judged = findings.filter(({ ok }) => ok !== null);
  const missed = judged.filter(({ ok }) => ok === false);
  if (missed.length === 0) return `All ${judged.length} targets met.`;
  const names = missed.map(({ group, what }) => `${group}: ${what}`);
  return `${missed.length} of ${judged.length} targets missed:\n  ${names.join("\n  ")}`;
}

function number(value: number): string {
  if (!Number.isFinite(value)) return "not measured";
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}
