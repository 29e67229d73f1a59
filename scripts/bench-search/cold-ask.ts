import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Params } from "../../src/domain/types.ts";
import { peakMemory } from "../bench/peak-memory.ts";
import { median } from "../bench/rounds.ts";
import { seedLab } from "../bench/seed-lab.ts";

/** `labctl ask` as a process of its own on an experiment with so many finished trials. */
export interface ColdAsk {
  strategy: string;
  trials: number;
  median_ms: number;
  min_ms: number;
  max_ms: number;
  /** Median of the processor time: what others do on the machine adds little to it. */
  cpu_ms: number;
  asks: number;
  /** Resident, the mapped executable included; NaN where it cannot be measured. */
  peak_mib: number;
}

/** The one that is always quick, and the two that read the whole history. */
const STRATEGIES = ["random", "tpe", "auto"];
const ASKS = 9;
const MEMORY_ROUNDS = 3;
const DIMENSIONS = 10;

/** Makes the experiment below `folder`, measures the binary on it, and removes it again. */
export async function measureColdAsks(
  binary: string,
  folder: string,
  trials: number,
): Promise<ColdAsk[]> {
  const home = mkdtempSync(join(folder, "cold-ask-"));
  try {
    const lab = await seedLab(join(home, "lab"), { experiments: 1, runs: trials }, SEARCH);
    const found: ColdAsk[] = [];
    for (const strategy of STRATEGIES) {
      const root = ["--data-root", lab.root];
      const argv = [binary, "ask", lab.experiment, "--strategy", strategy, ...root];
      // The first fills the caches of the file system.
      timesOf(argv);
      const times = Array.from({ length: ASKS }, () => timesOf(argv));
      const walls = times.map(({ wall_ms }) => wall_ms);
      const peaks: number[] = [];
      for (let round = 0; round < MEMORY_ROUNDS; round++) {
        peaks.push(((await peakMemory(argv)) ?? NaN) / 2 ** 20);
      }
      found.push({
        strategy,
        trials,
        median_ms: median(walls),
        min_ms: Math.min(...walls),
        max_ms: Math.max(...walls),
        cpu_ms: median(times.map(({ cpu_ms }) => cpu_ms)),
        asks: ASKS,
        peak_mib: Math.max(...peaks),
      });
    }
    return found;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** The target counts in millions of bytes. */
export function megabytes(mib: number): number {
  return (mib * 2 ** 20) / 1e6;
}

/** Of one whole process. */
function timesOf(argv: string[]): { wall_ms: number; cpu_ms: number } {
  const started = performance.now();
  const { exitCode, stderr, resourceUsage } = Bun.spawnSync(argv, {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const wall_ms = performance.now() - started;
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} ended ${exitCode}: ${stderr.toString()}`);
  return { wall_ms, cpu_ms: Number(resourceUsage.cpuTime.total) / 1000 };
}

/** Maximised: higher towards a point off the centre. */
function bowl(params: Params): number {
  return -Object.values(params).reduce((sum: number, x) => sum + (Number(x) - 1.7) ** 2, 0);
}

const SEARCH = {
  space: Object.fromEntries(
    Array.from({ length: DIMENSIONS }, (_, at) => [`x${at}`, { type: "float", low: -5, high: 5 }]),
  ),
  score: bowl,
};
