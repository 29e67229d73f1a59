import { burstArgv } from "./labctl.ts";
import { peakMemory } from "./peak-memory.ts";
import type { Row } from "./table.ts";
import type { LabsBySize } from "./whole-process.ts";

const MIB = 2 ** 20;

/** Peak resident memory of the commands that hold the most. */
export async function memoryRows(binary: string, labs: LabsBySize, rounds: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [size, lab] of labs) {
    const commands = {
      status: [binary, "status", "--data-root", lab.root],
      "burst -n 50": burstArgv(binary, lab, { iterations: 50, jobs: 1 }),
    };
    for (const [name, argv] of Object.entries(commands)) {
      const ours: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        ours.push(((await peakMemory(argv)) ?? Number.NaN) / MIB);
      }
      rows.push({
        group: "Peak memory (resident, the mapped executable included)",
        what: `${name}, ${size}`,
        unit: "MiB",
        ours,
        floor: null,
        target: size.startsWith("10,000") ? { at_most: 80, of: "ours" } : null,
      });
    }
  }
  return rows;
}
