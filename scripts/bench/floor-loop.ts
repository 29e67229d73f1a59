/**
 * The floor of a durable burst iteration: a bare loop that forks the same executor and writes and
 * syncs the same files, and knows nothing else. Run as a program of its own, so that it starts as
 * cold as labctl does: `bun floor-loop.ts <plan.json>` prints the milliseconds of one iteration.
 */
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** What the loop does; taken from a bundle that labctl has sealed. */
export interface FloorPlan {
  /** An empty folder on the disk of the measured lab. */
  folder: string;
  executor: string[];
  iterations: number;
  jobs: number;
  /** Content of a bundle by name, but for the executor's logs and the seal. */
  files: Record<string, string>;
  seal: string;
  /** The ledger lines of one run: one not synced when it starts, one synced when it is sealed. */
  started: string;
  sealed: string;
}

if (import.meta.main) {
  const plan: FloorPlan = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
  console.log(await loop(plan));
}

/** Milliseconds from the end of the first iteration to the end of the last, divided. */
async function loop(plan: FloorPlan): Promise<number> {
  const runs = join(plan.folder, "runs");
  mkdirSync(runs);
  const ledger = openSync(join(plan.folder, "events.jsonl"), "a");
  const ends: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < plan.iterations) {
      next += 1;
      await iteration(plan, join(runs, `RUN-${next}`), ledger);
      syncPath(runs);
      writeSync(ledger, plan.sealed);
      fdatasyncSync(ledger);
      ends.push(performance.now());
    }
  };
  await Promise.all(Array.from({ length: plan.jobs }, worker));
  closeSync(ledger);
  return ((ends.at(-1) ?? 0) - (ends[0] ?? 0)) / (ends.length - 1);
}

async function iteration(plan: FloorPlan, dir: string, ledger: number): Promise<void> {
  mkdirSync(dir);
  writeSync(ledger, plan.started);
  const stdout = openSync(join(dir, "stdout.log"), "ax");
  const stderr = openSync(join(dir, "stderr.log"), "ax");
  await Bun.spawn(plan.executor, { stdin: "ignore", stdout, stderr }).exited;
  fsyncSync(stdout);
  closeSync(stdout);
  closeSync(stderr);
  for (const [name, content] of Object.entries(plan.files)) writeSynced(join(dir, name), content);
  const temporary = join(dir, ".tmp");
  writeSynced(temporary, plan.seal);
  linkSync(temporary, join(dir, "SEALED"));
  unlinkSync(temporary);
  syncPath(dir);
}

function writeSynced(path: string, content: string): void {
  const fd = openSync(path, "wx");
  writeFileSync(fd, content);
  fsyncSync(fd);
  closeSync(fd);
}

function syncPath(path: string): void {
  const fd = openSync(path, "r");
  fsyncSync(fd);
  closeSync(fd);
}
