import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { systemCode } from "../domain/errors.ts";
import type { ProcessIdentity } from "../ports.ts";

/** The pid namespace of the machine itself has this fixed number (Linux, `PROC_PID_INIT_INO`). */
const ROOT_PID_NAMESPACE = "pid:[4026531836]";

/** Names a process of this host so that a later one with the same pid is told apart from it. */
export function identify(pid: number): ProcessIdentity {
  const stat = processStat(pid);
  return { host: hostName(), boot: bootId(), pid, start: stat?.start ?? "" };
}

/**
 * Whether that process still runs. Zombies are dead, and so is everything of an earlier boot;
 * processes of another host, or of a container with pids of its own, are unknown.
 */
export function processLiveness(identity: ProcessIdentity): "alive" | "dead" | "unknown" {
  if (identity.host !== hostName()) return "unknown";
  if (identity.boot !== bootId()) return "dead";
  if (process.platform !== "linux") return isRunning(identity.pid) ? "alive" : "dead";
  const stat = processStat(identity.pid);
  if (stat === null || stat.start !== identity.start) return "dead";
  return stat.state === "Z" || stat.state === "X" ? "dead" : "alive";
}

/** Containers may share a host name but not their pids, so the pid namespace belongs to the name. */
function hostName(): string {
  if (process.platform !== "linux") return hostname();
  const namespace = readOptional(() => readlinkSync("/proc/self/ns/pid"));
  return namespace === "" || namespace === ROOT_PID_NAMESPACE
    ? hostname()
    : `${hostname()}/${namespace}`;
}

function bootId(): string {
  if (process.platform !== "linux") return "";
  return readOptional(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")).trim();
}

/** State and start time: fields 3 and 22 of proc(5) stat, counted after the command in parentheses. */
function processStat(pid: number): { state: string; start: string } | null {
  if (process.platform !== "linux") return null;
  const text = readOptional(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  if (text === "") return null;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", start: fields[19] ?? "" };
}

/** Whether any process on this host has that pid now. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}

/** "" where the system has no such file, or the process ended while it was read. */
function readOptional(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ESRCH", "EACCES", "EPERM"].includes(systemCode(error))) return "";
    throw error;
  }
}
