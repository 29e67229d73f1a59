import { systemCode } from "../domain/errors.ts";

export interface ProgramCall {
  argv: string[];
  /** Its complete environment. */
  env: Readonly<Record<string, string | undefined>>;
  stdin?: string;
  timeout_ms: number;
}

export type ProgramResult =
  | { kind: "exited"; exit_code: number; stdout: string; stderr: string }
  /** The system's code for why it could not start. */
  | { kind: "not-started"; code: string }
  /** Killed, with everything in its process group. */
  | { kind: "timed-out"; stdout: string; stderr: string };

/** How long a pipe may stay open after its program is gone: somebody it started may hold it. */
const LINGER_MS = 500;

/** Runs a program of a scheduler to its end. Never throws for what the program does. */
export async function runProgram(call: ProgramCall): Promise<ProgramResult> {
  let child: Bun.Subprocess<Uint8Array, "pipe", "pipe">;
  try {
    child = Bun.spawn({
      cmd: call.argv,
      env: { ...call.env },
      stdin: new TextEncoder().encode(call.stdin ?? ""),
      stdout: "pipe",
      stderr: "pipe",
      detached: process.platform !== "win32",
    });
  } catch (error) {
    const code = systemCode(error);
    if (code === "") throw error;
    return { kind: "not-started", code };
  }
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child.pid);
  }, call.timeout_ms);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  try {
    const exit_code = await child.exited;
    await Promise.race([Promise.all([stdout.end, stderr.end]), Bun.sleep(LINGER_MS)]);
    const output = { stdout: stdout.text(), stderr: stderr.text() };
    return timedOut ? { kind: "timed-out", ...output } : { kind: "exited", exit_code, ...output };
  } finally {
    clearTimeout(timer);
    stdout.stop();
    stderr.stop();
  }
}

interface Collected {
  end: Promise<void>;
  text(): string;
  stop(): void;
}

function collect(stream: ReadableStream<Uint8Array>): Collected {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  const read = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      parts.push(value);
    }
  };
  return {
    end: read(),
    text: () => Buffer.concat(parts).toString("utf8"),
    stop: () => void reader.cancel(),
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch (error) {
    if (systemCode(error) !== "ESRCH") throw error;
  }
}
