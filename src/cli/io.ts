import { fstatSync, statSync, writeSync } from "node:fs";
import { systemCode } from "../domain/errors.ts";

/** What the command line touches of its process; tests pass their own. */
export interface CliIo {
  env: Record<string, string | undefined>;
  cwd(): string;
  monotonic_ms(): number;
  stdout: OutputStream;
  stderr: OutputStream;
  stdin: {
    isTerminal: boolean;
    /** All of it. */
    text(): Promise<string>;
    /** As it arrives. */
    bytes(): AsyncIterable<Uint8Array>;
  };
  /** Commands that never ask for it keep the system's default: the signal ends them. */
  interrupts(): Interrupts;
}

/** The user's wish to stop. */
export interface Interrupts {
  /** The first Ctrl-C: finish what is running, start nothing more. */
  soon: AbortSignal;
  /** The second Ctrl-C, SIGTERM, or a lost terminal: stop what is running too. */
  now: AbortSignal;
}

export interface OutputStream {
  isTerminal: boolean;
  /** Width of the terminal; 80 when there is none. */
  columns(): number;
  write(text: string): void;
  /** True once the reader has gone (EPIPE) or a write has failed; later writes do nothing. */
  closed(): boolean;
}

/** The streams, environment and signals of this process. */
export async function processIo(): Promise<CliIo> {
  return {
    env: process.env,
    cwd: () => process.cwd(),
    monotonic_ms: () => performance.now(),
    stdout: await outputStream(1, () => process.stdout.columns),
    stderr: await outputStream(2, () => process.stderr.columns),
    stdin: {
      isTerminal: await isTerminal(0),
      text: () => Bun.stdin.text(),
      bytes: () => Bun.stdin.stream(),
    },
    interrupts: onceInterrupted(),
  };
}

// writeSync and not process.stdout: that getter alone adds 8 ms to a start-up of 5 ms, and what it
// has buffered is cut when the process exits. node:tty adds 2 ms, so it is loaded for devices only,
// and not for the one that cron and service managers give.
async function isTerminal(fd: number): Promise<boolean> {
  try {
    const stat = fstatSync(fd);
    if (!stat.isCharacterDevice() || stat.rdev === nullDevice()) return false;
  } catch (error) {
    if (systemCode(error) === "EBADF") return false;
    throw error;
  }
  return (await import("node:tty")).isatty(fd);
}

/** null on Windows, which has no such file. */
function nullDevice(): number | null {
  return statSync("/dev/null", { throwIfNoEntry: false })?.rdev ?? null;
}

async function outputStream(fd: number, columns: () => number): Promise<OutputStream> {
  const terminal = await isTerminal(fd);
  let closed = false;
  return {
    isTerminal: terminal,
    columns: () => (terminal && columns()) || 80,
    closed: () => closed,
    write(text) {
      if (closed) return;
      // Stays so when the write throws: a full disk is reported once, not again by the report.
      closed = true;
      closed = !writeAll(fd, text);
    },
  };
}

/** Returns false when nobody reads any more. */
function writeAll(fd: number, text: string): boolean {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      const code = systemCode(error);
      if (code === "EPIPE" || code === "EBADF") return false;
      if (code !== "EAGAIN") throw error;
      // The other end made the pipe non-blocking and is behind.
      Bun.sleepSync(1);
    }
  }
  return true;
}

function onceInterrupted(): () => Interrupts {
  let interrupts: Interrupts | undefined;
  return () => {
    if (interrupts !== undefined) return interrupts;
    const soon = new AbortController();
    const now = new AbortController();
    let signals = 0;
    process.on("SIGINT", () => {
      signals += 1;
      if (signals > 1) now.abort();
      soon.abort();
      // A second Ctrl-C must not orphan the run that is being stopped; a fourth may.
      if (signals > 3) process.exit(130);
    });
    const stop = (): void => {
      now.abort();
      soon.abort();
    };
    process.on("SIGTERM", stop);
    process.on("SIGHUP", stop);
    interrupts = { soon: soon.signal, now: now.signal };
    return interrupts;
  };
}
