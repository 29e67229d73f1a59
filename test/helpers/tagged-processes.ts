import { readFileSync, readdirSync } from "node:fs";

/** Command lines of the processes whose environment has the entry `tag` (`NAME=value`), by pid. */
export function taggedProcesses(tag: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const pid of readdirSync("/proc").map(Number)) {
    if (!(pid > 0) || pid === process.pid) continue;
    // A process may end between two looks.
    const environment = contentOf(`/proc/${pid}/environ`);
    if (!environment.split("\0").includes(tag)) continue;
    found.set(pid, contentOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim());
  }
  return found;
}

/** Waits until no process has the tag; throws with what is left when `patience_ms` are over. */
export async function untilNoProcess(tag: string, patience_ms = 10_000): Promise<void> {
  const end = performance.now() + patience_ms;
  for (;;) {
    const left = taggedProcesses(tag);
    if (left.size === 0) return;
    if (performance.now() > end) {
      throw new Error(`still running: ${[...left].map((entry) => entry.join(" ")).join("; ")}`);
    }
    await Bun.sleep(5);
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
