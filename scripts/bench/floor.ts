import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { experimentLayout, layoutOf } from "../../src/store/layout.ts";
import { EXECUTOR } from "./executor.ts";
import type { FloorPlan } from "./floor-loop.ts";
import { ledgerLines } from "./labctl.ts";
import type { SeededLab } from "./seed-lab.ts";

/** One run as it lies on the disk: what the floor writes again. */
export type RunFiles = Pick<FloorPlan, "files" | "seal" | "started" | "sealed">;

/** The files and ledger lines of the last run that labctl has sealed in a lab. */
export function lastRun(lab: SeededLab): RunFiles {
  const lines = ledgerLines(lab);
  const sealed = lines.findLast(({ event }) => event.type === "run_sealed");
  if (sealed?.event.type !== "run_sealed") throw new Error("the lab has no sealed run");
  const { run_id } = sealed.event;
  const started = lines.findLast(
    ({ event }) => event.type === "run_started" && event.run_id === run_id,
  );
  const dir = join(experimentLayout(layoutOf(lab.root), lab.experiment).runs, run_id);
  const files: Record<string, string> = {};
  for (const name of readdirSync(dir)) {
    // The executor writes its logs itself.
    if (name === "SEALED" || name.endsWith(".log") || !statSync(join(dir, name)).isFile()) continue;
    files[name] = readFileSync(join(dir, name), "utf8");
  }
  return {
    files,
    seal: readFileSync(join(dir, "SEALED"), "utf8"),
    started: started?.line ?? "",
    sealed: sealed.line,
  };
}

/** Milliseconds of one iteration of the bare loop, in a process of its own, below `folder`. */
export function floorTime(
  folder: string,
  run: RunFiles,
  size: { iterations: number; jobs: number },
): number {
  const scratch = mkdtempSync(join(folder, "floor-"));
  const plan: FloorPlan = { folder: scratch, executor: EXECUTOR, ...size, ...run };
  const file = join(scratch, "plan.json");
  writeFileSync(file, JSON.stringify(plan));
  const { stdout, exitCode } = Bun.spawnSync(
    [process.execPath, join(import.meta.dir, "floor-loop.ts"), file],
    { stdin: "ignore", stderr: "inherit" },
  );
  rmSync(scratch, { recursive: true });
  if (exitCode !== 0) throw new Error("the floor of a burst iteration could not be measured");
  return Number(stdout.toString());
}
