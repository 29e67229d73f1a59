import { rmSync } from "node:fs";
import { join } from "node:path";
import { floorTime, lastRun } from "./floor.ts";
import { footprint } from "./footprint.ts";
import { iterationTime } from "./labctl.ts";
import { measureRounds, ratios, type Subject } from "./rounds.ts";
import { seedLab } from "./seed-lab.ts";
import type { Row } from "./table.ts";
import type { LabsBySize } from "./whole-process.ts";

/** Of each measured burst: the clock of the ledger counts milliseconds. */
const ITERATIONS = 50;
const FEW = "10 runs";
const MANY = "10,000 runs";
const FLOOR = "a bare loop that forks the executor and writes and syncs the same files";

export interface BurstOptions {
  rounds: number;
  folder: string;
  jobs: number;
}

/**
 * One durable iteration of burst in labs of different sizes, beside a bare loop that forks the same
 * executor and writes and syncs the same files. The smallest lab is made anew for each round, so
 * that it stays small.
 */
export async function burstRows(
  binary: string,
  labs: LabsBySize,
  { rounds, folder, jobs }: BurstOptions,
): Promise<Row[]> {
  const size = { iterations: ITERATIONS, jobs };
  const small = join(folder, `burst-few-${jobs}`);
  const few = async (): Promise<number> => {
    rmSync(small, { recursive: true, force: true });
    return iterationTime(binary, await seedLab(small, { experiments: 1, runs: 10 }), size);
  };
  const subjects = new Map<string, Subject>([[FEW, few]]);
  for (const [name, lab] of labs) subjects.set(name, () => iterationTime(binary, lab, size));
  await few();
  const run = lastRun({ root: join(small, "lab"), experiment: "bench-1" });
  const floor: Subject = () => floorTime(folder, run, size);
  const sample = await measureRounds(rounds, new Map([[FLOOR, floor], ...subjects]));

  const group = `Burst iteration, durable, -j ${jobs} (floor: ${FLOOR})`;
  const rows = [...subjects.keys()].map((what): Row => ({
    group,
    what: `one iteration, ${what}`,
    unit: "ms",
    ours: sample(what),
    floor: sample(FLOOR),
    // The issue states its targets for one job at a time.
    target: jobs === 1 ? { at_most: 2, of: "ratio" } : null,
  }));
  rows.push({
    group,
    what: `${MANY} beside ${FEW}`,
    unit: "x",
    ours: ratios(sample(MANY), sample(FEW)),
    floor: null,
    target: jobs === 1 ? { at_most: 1.2, of: "ours" } : null,
  });
  return rows;
}

/** What each run leaves on the disk, measured on runs that labctl itself has made. */
export async function footprintRows(binary: string, folder: string): Promise<Row[]> {
  const lab = await seedLab(join(folder, "footprint"), { experiments: 1, runs: 0 });
  iterationTime(binary, lab, { iterations: ITERATIONS, jobs: 1 });
  const { files, bytes, disk_bytes } = footprint(lab);
  const kilobytes = (sample: readonly number[]): number[] => sample.map((count) => count / 1000);
  const row = {
    group: "One run on the disk (its share of ledger and metrics.jsonl included)",
    floor: null,
  };
  return [
    { ...row, what: "files", unit: "files", ours: files, target: { at_most: 12, of: "ours" } },
    {
      ...row,
      what: "content",
      unit: "KB",
      ours: kilobytes(bytes),
      target: { at_most: 16, of: "ours" },
    },
    {
      ...row,
      what: "disk blocks, folder included",
      unit: "KB",
      ours: kilobytes(disk_bytes),
      target: null,
    },
  ];
}
