/**
 * Measures the hub: how many claims and results it takes a second, how soon an idle worker has what
 * came, how quickly content travels, and how long it takes to start again. Each line beside what the
 * machine does at best at that moment.
 *
 *     bun run bench:hub             some minutes on two quiet cores
 *     bun run bench:hub --full      10,000 runs of a second instead of 1,000: ten minutes more
 *     bun run bench:hub --record    also writes docs/benchmarks/hub.md
 *     bun run bench:hub --dir D     on another disk than this checkout's
 *
 * docs/benchmarks/hub.md says how each number is measured.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine } from "./bench/machine.ts";
import { farm, pickup } from "./bench-hub/pickup.ts";
import { replay } from "./bench-hub/replay.ts";
import { renderRows, type Group } from "./bench-hub/row.ts";
import { throughput } from "./bench-hub/throughput.ts";
import { transfer } from "./bench-hub/transfer.ts";

const CHECKOUT = join(import.meta.dir, "..");
const REPORT = join(CHECKOUT, "docs/benchmarks/hub.md");
const BEGIN = "<!-- measured -->\n\n```\n";

const { values } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    dir: { type: "string", default: join(CHECKOUT, "build") },
    only: { type: "string", default: "" },
  },
});
const PARTS: Record<string, (folder: string) => Promise<Group>> = {
  throughput,
  pickup,
  transfer: (folder) => transfer(folder, 1024),
  replay: (folder) => replay(folder, 1_000_000),
  farm: (folder) => farm(folder, values.full ? 10_000 : 1000),
};

mkdirSync(values.dir, { recursive: true });
// Not in the system's folder for temporary files: that is often memory, where a sync is free.
const folder = mkdtempSync(join(resolve(values.dir), "bench-hub-"));
try {
  const machine = describeMachine(folder);
  const groups: Group[] = [];
  for (const [name, measure] of Object.entries(PARTS)) {
    if (values.only !== "" && !values.only.split(",").includes(name)) continue;
    console.error(`bench:hub: ${name}`);
    groups.push(await measure(folder));
  }
  const table = renderRows(machine, groups);
  console.log(table);
  if (values.record) record(table);
} catch (error) {
  console.error(`bench:hub: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Puts the table in place of the last one. */
function record(table: string): void {
  const text = readFileSync(REPORT, "utf8");
  const start = text.indexOf(BEGIN);
  const end = text.indexOf("\n```", start + BEGIN.length);
  if (start < 0 || end < 0) throw new Error(`${REPORT} has no place for the table`);
  writeFileSync(REPORT, text.slice(0, start + BEGIN.length) + table + text.slice(end));
}
