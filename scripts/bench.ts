/**
 * Measures what labctl itself costs, beside what the same work costs without it, in one table.
 *
 *     bun run bench               under a minute on a quiet machine
 *     bun run bench --large       also 100,000 runs, in one experiment and in 500; many minutes
 *     bun run bench --json        the same numbers as JSON
 *     bun run bench --binary F    another labctl than dist/labctl
 *     bun run bench --dir D       on another disk than this checkout's
 *
 * docs/benchmarks.md says how each number is measured.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { burstRows, footprintRows } from "./bench/burst-iteration.ts";
import { describeMachine } from "./bench/machine.ts";
import { memoryRows } from "./bench/memory.ts";
import { seedLab, type LabSize } from "./bench/seed-lab.ts";
import { judge, renderTable, type Row } from "./bench/table.ts";
import { wholeProcessRows, type LabsBySize } from "./bench/whole-process.ts";

const PROCESS_ROUNDS = 15;
const BURST_ROUNDS = 7;
const MEMORY_ROUNDS = 3;

const SIZES: Record<string, LabSize> = {
  "empty lab": { experiments: 0, runs: 0 },
  "1 run": { experiments: 1, runs: 1 },
  "1,000 runs": { experiments: 1, runs: 1000 },
  "5,000 runs": { experiments: 1, runs: 5000 },
  "10,000 runs": { experiments: 1, runs: 10_000 },
};
const LARGE: Record<string, LabSize> = {
  "100,000 runs": { experiments: 1, runs: 100_000 },
  "500 x 200 runs": { experiments: 500, runs: 200 },
};

try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const checkout = join(import.meta.dir, "..");
  const { values } = parseArgs({
    options: {
      large: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      binary: { type: "string", default: join(checkout, "dist", "labctl") },
      dir: { type: "string", default: join(checkout, "build") },
    },
  });
  const binary = resolve(values.binary);
  if (!existsSync(binary)) throw new Error(`${binary} is missing: run \`bun run build\` first`);
  mkdirSync(values.dir, { recursive: true });
  // Not in the system's folder for temporary files: that is often memory, where a sync is free.
  const folder = mkdtempSync(join(resolve(values.dir), "bench-"));
  try {
    const machine = describeMachine(folder);
    const findings = (await measure(binary, folder, values.large)).map(judge);
    if (values.json) {
      console.log(JSON.stringify({ schema: "labctl-bench/v1", machine, findings }, null, 2));
    } else {
      console.log(renderTable(machine, findings));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(binary: string, folder: string, large: boolean): Promise<Row[]> {
  const labs = await seedLabs(folder, large ? { ...SIZES, ...LARGE } : SIZES);
  const withHistory = pick(labs, (size) => size.runs >= 1000 && size.runs !== 5000);
  const biggest = pick(labs, (size) => size.runs * size.experiments >= 10_000);
  say("whole processes");
  const rows = await wholeProcessRows(binary, labs, { rounds: PROCESS_ROUNDS, folder });
  for (const jobs of [1, 2]) {
    say(`burst iterations, -j ${jobs}`);
    rows.push(...(await burstRows(binary, withHistory, { rounds: BURST_ROUNDS, folder, jobs })));
  }
  say("disk and memory");
  rows.push(...(await footprintRows(binary, folder)));
  rows.push(...(await memoryRows(binary, biggest, MEMORY_ROUNDS)));
  return rows;
}

async function seedLabs(folder: string, sizes: Record<string, LabSize>): Promise<LabsBySize> {
  const labs = new Map();
  for (const [name, size] of Object.entries(sizes)) {
    say(`making a history: ${name}`);
    labs.set(name, await seedLab(join(folder, name.replaceAll(/\W+/g, "-")), size));
  }
  return labs;
}

/** The labs of some sizes. */
function pick(labs: LabsBySize, wanted: (size: LabSize) => boolean): LabsBySize {
  const sizes: Record<string, LabSize> = { ...SIZES, ...LARGE };
  return new Map(
    [...labs].filter(([name]) => {
      const size = sizes[name];
      return size !== undefined && wanted(size);
    }),
  );
}

function say(what: string): void {
  console.error(`bench: ${what}`);
}
