import { closeSync, openSync } from "node:fs";
import { systemCode } from "../domain/errors.ts";
import type {
  DetachedRequest,
  GroupRequest,
  GroupResult,
  ProcessIdentity,
  Processes,
} from "../ports.ts";
import { identify, isRunning, processLiveness } from "./liveness.ts";
import { type CappedLog, keepTrimmed, openCappedLog } from "./output-cap.ts";
import { descendantsAbove, signalQuietly, sweepTagged } from "./sweep.ts";

/** setTimeout fires at once for anything longer (24.8 days). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The real `Processes`: POSIX process groups, and /proc where there is one. */
export function createProcesses(): Processes {
  let self: ProcessIdentity | null = null;
  return {
    self: () => (self ??= identify(process.pid)),
    liveness: processLiveness,
    isRunning,
    runGroup,
    startDetached,
    sweep: (tag) => sweepTagged(tag),
    selfCommand: () =>
      Bun.isStandaloneExecutable ? [process.execPath] : [process.execPath, Bun.main],
  };
}

/**
 * starting -> running -> (TERM sent -> KILL sent ->) leader gone -> swept. The group is killed when
 * its leader is gone, whatever the reason: nothing a run starts outlives it.
 */
async function runGroup(request: GroupRequest): Promise<GroupResult> {
  const started = performance.now();
  const [stdout, stderr] = openLogs(request);
  const result: GroupResult = {
    exit_code: null,
    signal: null,
    start_error: null,
    timed_out: false,
    cancelled: request.signal?.aborted ?? false,
    duration_ms: 0,
    stdout_cut_bytes: 0,
    stderr_cut_bytes: 0,
    swept: 0,
  };
  try {
    const child = result.cancelled ? null : start(request, stdout.fd, stderr.fd);
    if (typeof child === "string") result.start_error = child;
    else if (child !== null) {
      const stopTrimming = keepTrimmed([stdout, stderr], request.max_output_bytes, {
        pause: () => pauseGroup(child.pid, "SIGSTOP"),
        resume: () => pauseGroup(child.pid, "SIGCONT"),
      });
      await supervise(child, request, result);
      stopTrimming();
      result.swept = sweepAfter(child.pid, request.tag, performance.now() - started);
    }
  } finally {
    result.stdout_cut_bytes = stdout.close();
    result.stderr_cut_bytes = stderr.close();
    result.duration_ms = performance.now() - started;
  }
  return result;
}

function startDetached(request: DetachedRequest): ProcessIdentity {
  const stdout = openSync(request.stdout_path, "w");
  try {
    const stderr = openSync(request.stderr_path, "w");
    try {
      const child = Bun.spawn({
        cmd: request.argv,
        cwd: request.cwd,
        env: request.env,
        detached: true,
        stdin: "ignore",
        stdout,
        stderr,
      });
      child.unref();
      return identify(child.pid);
    } finally {
      closeSync(stderr);
    }
  } finally {
    closeSync(stdout);
  }
}

/** Both or none. */
function openLogs({
  stdout_path,
  stderr_path,
  max_output_bytes,
}: GroupRequest): [CappedLog, CappedLog] {
  const stdout = openCappedLog(stdout_path, max_output_bytes);
  try {
    return [stdout, openCappedLog(stderr_path, max_output_bytes)];
  } catch (error) {
    stdout.close();
    throw error;
  }
}

/** The child, or the system's code for why it could not start. */
function start(request: GroupRequest, stdout: number, stderr: number): Bun.Subprocess | string {
  const stdin = request.stdin_path === undefined ? null : openSync(request.stdin_path, "r");
  try {
    return Bun.spawn({
      cmd: request.argv,
      cwd: request.cwd,
      env: request.env,
      detached: true,
      stdin: stdin ?? "ignore",
      // Files, never pipes: a grandchild that keeps a pipe open would hold us up.
      stdout,
      stderr,
    });
  } catch (error) {
    const code = systemCode(error);
    if (code === "") throw error;
    return code;
  } finally {
    if (stdin !== null) closeSync(stdin);
  }
}

async function supervise(
  child: Bun.Subprocess,
  request: GroupRequest,
  result: GroupResult,
): Promise<void> {
  let cancelKill = (): void => {};
  const stop = (reason: "timed_out" | "cancelled"): void => {
    if (result.timed_out || result.cancelled) return;
    result[reason] = true;
    signalGroup(child.pid, "SIGTERM");
    cancelKill = after(request.grace_ms, () => signalGroup(child.pid, "SIGKILL"));
  };
  const cancel = (): void => stop("cancelled");
  const cancelDeadline = after(request.timeout_ms, () => stop("timed_out"));
  request.signal?.addEventListener("abort", cancel, { once: true });
  try {
    await child.exited;
    result.exit_code = child.exitCode;
    result.signal = child.signalCode === null ? null : String(child.signalCode);
  } finally {
    cancelDeadline();
    cancelKill();
    request.signal?.removeEventListener("abort", cancel);
  }
}

/** Kills what is left of a group and what left the group; returns how many processes that were. */
function sweepAfter(leader: number, tag: string, run_ms: number): number {
  const above = descendantsAbove(leader, run_ms);
  if (above === null) return 0;
  const swept = sweepTagged(tag, above);
  // Once more for the group: its members may have emptied their environment.
  const hadGroup = signalGroup(leader, "SIGKILL");
  return process.platform === "linux" ? swept : Number(hadGroup);
}

function signalGroup(leader: number, signal: NodeJS.Signals): boolean {
  return signalQuietly(process.platform === "win32" ? leader : -leader, signal);
}

/** Windows cannot pause processes. */
function pauseGroup(leader: number, signal: "SIGSTOP" | "SIGCONT"): void {
  if (process.platform !== "win32") signalGroup(leader, signal);
}

/** Calls back once after `delay_ms`, however long that is; Infinity is never. Returns how to cancel. */
function after(delay_ms: number, callback: () => void): () => void {
  if (delay_ms === Number.POSITIVE_INFINITY) return () => {};
  const step = Math.min(delay_ms, LONGEST_TIMER_MS);
  let timer = setTimeout(next, step, delay_ms - step);
  function next(left_ms: number): void {
    if (left_ms <= 0) return callback();
    const nextStep = Math.min(left_ms, LONGEST_TIMER_MS);
    timer = setTimeout(next, nextStep, left_ms - nextStep);
  }
  return () => clearTimeout(timer);
}
