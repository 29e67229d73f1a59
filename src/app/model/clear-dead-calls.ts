import { rmSync } from "node:fs";
import { join } from "node:path";
import { callTag } from "../../agents/call-tag.ts";
import type { Processes } from "../../ports.ts";
import { namesIn } from "../../store/names-in.ts";

/**
 * Ends what calls of killed processes left behind: agents that still run, and their files. Folders
 * are named after the process that made them.
 */
export function clearDeadCalls(scratch: string, processes: Processes): void {
  for (const name of namesIn(scratch)) {
    const pid = Number(/^call-(\d+)-/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || processes.isRunning(pid)) continue;
    const dir = join(scratch, name);
    processes.sweep(callTag(dir));
    rmSync(dir, { recursive: true, force: true });
  }
}
