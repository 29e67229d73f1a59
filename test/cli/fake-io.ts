import type { CliIo, OutputStream } from "../../src/cli/io.ts";

export interface FakeIo extends CliIo {
  /** All that was written so far. */
  text: { stdout: string; stderr: string };
}

/** Streams in memory. `terminal` makes both of them 40 columns wide terminals. */
export function fakeIo(env: Record<string, string> = {}, terminal = false): FakeIo {
  const text = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr"): OutputStream => ({
    isTerminal: terminal,
    columns: () => 40,
    closed: () => false,
    write: (part) => {
      text[name] += part;
    },
  });
  return {
    text,
    env,
    cwd: () => "/somewhere",
    monotonic_ms: () => performance.now(),
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    stdin: { isTerminal: terminal, text: async () => "", bytes: async function* () {} },
    interrupts: () => ({
      soon: new AbortController().signal,
      now: new AbortController().signal,
    }),
  };
}
