import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { experimentLayout, layoutOf } from "../../src/store/layout.ts";
import type { Sample } from "./rounds.ts";
import type { SeededLab } from "./seed-lab.ts";

/** What each run of a lab leaves behind; the shared files are divided among the runs. */
export interface Footprint {
  /** Files in the bundle. */
  files: Sample;
  /** Length of those files and of the run's part of ledger and metrics.jsonl. */
  bytes: Sample;
  /** The same as disk blocks, the bundle's folder included. */
  disk_bytes: Sample;
}

const BLOCK_BYTES = 512; // The unit of st_blocks, whatever the file system uses.

/** Measures all runs of the lab's one experiment. */
export function footprint(lab: SeededLab): Footprint {
  const layout = layoutOf(lab.root);
  const { runs, metrics } = experimentLayout(layout, lab.experiment);
  const names = readdirSync(runs);
  const shared = [layout.ledger, metrics].map((path) => lstatSync(path));
  const sharedBytes = sum(shared.map(({ size }) => size)) / names.length;
  const sharedDisk = (sum(shared.map(({ blocks }) => blocks)) * BLOCK_BYTES) / names.length;
  const bundles = names.map((name) => {
    const dir = join(runs, name);
    const entries = readdirSync(dir, { recursive: true, encoding: "utf8" });
    const stats = entries.map((entry) => lstatSync(join(dir, entry)));
    const files = stats.filter((stat) => stat.isFile());
    return {
      files: files.length,
      bytes: sum(files.map(({ size }) => size)) + sharedBytes,
      disk_bytes:
        sum([...stats, lstatSync(dir)].map(({ blocks }) => blocks)) * BLOCK_BYTES + sharedDisk,
    };
  });
  return {
    files: bundles.map((bundle) => bundle.files),
    bytes: bundles.map((bundle) => bundle.bytes),
    disk_bytes: bundles.map((bundle) => bundle.disk_bytes),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
