import { existsSync, readFileSync } from "node:fs";

const GNU_TIME = "/usr/bin/time";

/**
 * Peak resident memory of a command in bytes, or null where it cannot be measured. Bun's own
 * `resourceUsage()` is no use: a forked child starts with its parent's peak. GNU time is a tiny
 * parent; without it /proc is polled, which can miss the last millisecond.
 */
export async function peakMemory(argv: string[]): Promise<number | null> {
  if (process.platform !== "linux") return null;
  return existsSync(GNU_TIME) ? withGnuTime(argv) : polling(argv);
}

function withGnuTime(argv: string[]): number {
  const { stderr, exitCode } = Bun.spawnSync([GNU_TIME, "-f", "%M", ...argv], {
    stdin: "ignore",
    stdout: "ignore",
  });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} ended ${exitCode}: ${stderr.toString()}`);
  return Number(stderr.toString().trim().split("\n").at(-1)) * 1024;
}

async function polling(argv: string[]): Promise<number | null> {
  const child = Bun.spawn(argv, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  let peak: number | null = null;
  while (child.exitCode === null && child.signalCode === null) {
    peak = highWaterMark(child.pid) ?? peak;
    await Bun.sleep(1);
  }
  return peak;
}

/** VmHWM; null for a process that is gone. */
function highWaterMark(pid: number): number | null {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
