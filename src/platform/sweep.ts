import { readFileSync, readdirSync } from "node:fs";
import { systemCode } from "../domain/errors.ts";

/** A process that is being killed needs about a millisecond to vanish; one stuck in the kernel never does. */
const MAX_ROUNDS = 50;
/** A process between fork and the end of exec has no environment yet. */
const MAX_UNDECIDED_ROUNDS = 10;

/**
 * KILLs every process, except this one, whose environment contains the entry `tag` (`NAME=value`)
 * and whose pid is above `newer_than`; looks again until none is left. Returns how many there were.
 * Where there is no /proc it finds nothing.
 */
export function sweepTagged(tag: string, newer_than = 0): number {
  const killed = new Set<number>();
  let undecidedRounds = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { tagged, undecided } = look(tag, newer_than);
    if (tagged.length === 0 && (!undecided || undecidedRounds++ >= MAX_UNDECIDED_ROUNDS)) break;
    for (const pid of tagged) {
      killed.add(pid);
      signalQuietly(pid, "SIGKILL");
    }
    Bun.sleepSync(1);
  }
  return killed.size;
}

/**
 * The pid that every descendant of `leader` is known to be above, or null when the leader started
 * the last process of this system and so has none left. Pids are handed out in ascending order and
 * wrap at `pid_max` (32,768 at least): for a short run that ended above its leader's pid they have
 * not wrapped; in every other case all processes have to be looked at, which is 0.
 */
export function descendantsAbove(leader: number, run_ms: number): number | null {
  if (process.platform !== "linux" || run_ms >= 1000) return 0;
  const newest = newestPid();
  if (newest === leader) return null;
  return newest > leader ? leader : 0;
}

/** Sends a signal to a pid, or to a group when negative; false when there is nobody to get it. */
export function signalQuietly(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // EPERM: on macOS a group of zombies; elsewhere a process that changed its user.
    if (systemCode(error) === "ESRCH" || systemCode(error) === "EPERM") return false;
    throw error;
  }
}

/** `undecided`: there is a process that does not show its environment yet. */
function look(tag: string, newer_than: number): { tagged: number[]; undecided: boolean } {
  const tagged: number[] = [];
  let undecided = false;
  if (process.platform !== "linux") return { tagged, undecided };
  const entry = Buffer.from(tag);
  for (const pid of readdirSync("/proc").map(Number)) {
    if (!(pid > newer_than) || pid === process.pid) continue;
    const environment = readOrNull(`/proc/${pid}/environ`);
    if (environment === null) continue;
    if (environment.length === 0) undecided ||= hasMemory(pid);
    else if (hasEntry(environment, entry)) tagged.push(pid);
  }
  return { tagged, undecided };
}

/** False for zombies and for threads of the kernel: proc(5) stat, field 23. */
function hasMemory(pid: number): boolean {
  const stat = readOrNull(`/proc/${pid}/stat`)?.toString("latin1") ?? "";
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[20] ?? 0) > 0;
}

/** null for what belongs to other users and for what just ended. */
function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (["ENOENT", "EACCES", "EPERM", "ESRCH"].includes(systemCode(error))) return null;
    throw error;
  }
}

function hasEntry(environment: Buffer, entry: Buffer): boolean {
  for (let at = environment.indexOf(entry); at >= 0; at = environment.indexOf(entry, at + 1)) {
    const end = at + entry.length;
    const starts = at === 0 || environment[at - 1] === 0;
    if (starts && (end === environment.length || environment[end] === 0)) return true;
  }
  return false;
}

/** The pid given out last in this pid namespace: the fifth field of /proc/loadavg. */
function newestPid(): number {
  return Number(readFileSync("/proc/loadavg", "utf8").trim().split(" ")[4]);
}
