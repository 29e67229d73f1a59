import type { Machine } from "../bench/machine.ts";

/** One line of the table. */
export interface HubRow {
  what: string;
  measured: string;
  /** What the machine does at best at that moment, measured beside it; "" where there is no floor. */
  floor: string;
  /** "" for none. */
  target: string;
  /** null without a target. */
  ok: boolean | null;
}

export interface Group {
  title: string;
  rows: HubRow[];
}

export function row(
  what: string,
  measured: string,
  more: Partial<Pick<HubRow, "floor" | "target">> & { ok?: boolean } = {},
): HubRow {
  return {
    what,
    measured,
    floor: more.floor ?? "",
    target: more.target ?? "",
    ok: more.ok ?? null,
  };
}

/** The rows as an aligned table, with what was missed said again at the end. */
export function renderRows(machine: Machine, groups: readonly Group[]): string {
  const { date, labctl, bun, system, cores, memory_gib, file_system, load } = machine;
  const head = ["", "measured", "floor", "target", ""];
  const lines: string[][] = [head];
  for (const { title, rows } of groups) {
    lines.push([title]);
    for (const { what, measured, floor, target, ok } of rows) {
      lines.push([`  ${what}`, measured, floor, target, ok === null ? "" : ok ? "ok" : "MISS"]);
    }
  }
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => (line.length === 1 ? 0 : (line[column] ?? "").length))),
  );
  const text = lines.map((line) =>
    line.length === 1
      ? `\n${line[0]}`
      : line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd(),
  );
  const judged = groups.flatMap(({ rows }) => rows).filter(({ ok }) => ok !== null);
  const missed = judged.filter(({ ok }) => ok === false).map(({ what }) => what);
  const conclusion =
    missed.length === 0
      ? `All ${judged.length} targets met.`
      : `${missed.length} of ${judged.length} targets missed:\n  ${missed.join("\n  ")}`;
  const title =
    `labctl ${labctl} (Bun ${bun}) on ${system}, ${cores} cores, ${memory_gib} GiB, ` +
    `${file_system}, load ${load}, ${date}`;
  return [title, "", ...text, "", conclusion].join("\n");
}

/** The value below which a share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function ms(value: number): string {
  return `${value.toFixed(value >= 10 ? 1 : 2)} ms`;
}

export function perSecond(value: number): string {
  return `${Math.round(value).toLocaleString("en")} /s`;
}
