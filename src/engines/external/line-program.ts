import { systemCode } from "../../domain/errors.ts";

/** A program that reads and writes lines for as long as it is wanted. */
export interface LineProgram {
  write(line: string): void;
  /** Closes its input, and kills it after `grace_ms`. */
  end(grace_ms: number): Promise<void>;
}

export interface LineEvents {
  line(text: string): void;
  /** It is gone; `words` say how, with the last line of its stderr. */
  gone(words: string): void;
}

const LONGEST_LINE = 16 * 1024 * 1024;

/** Starts it; `gone` is called at once when it cannot be started. */
export function startLines(
  argv: string[],
  env: Readonly<Record<string, string | undefined>>,
  events: LineEvents,
): LineProgram {
  const [name = ""] = argv;
  let child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  try {
    child = Bun.spawn({
      cmd: argv,
      env: { ...env },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
  } catch (error) {
    const code = systemCode(error);
    if (code === "") throw error;
    const hint = code === "EACCES" ? ": make it executable (chmod +x)" : "";
    queueMicrotask(() => events.gone(`${name} cannot be started (${code})${hint}`));
    return { write: () => {}, end: async () => {} };
  }
  let said = "";
  const out = readLines(child.stdout, (line) => events.line(line));
  const err = readLines(child.stderr, (line) => {
    if (line.trim() !== "") said = line.trim().slice(0, 300);
  });
  const over = (async () => {
    const code = await child.exited;
    // Something it started may hold the pipes.
    await Promise.race([Promise.all([out, err]), Bun.sleep(500)]);
    const how =
      child.signalCode === null ? `exits with ${code}` : `was ended by ${child.signalCode}`;
    events.gone(`${name} ${how}${said === "" ? "" : `: ${said}`}`);
  })();
  return {
    write: (line) => quietly(() => child.stdin.write(`${line}\n`)),
    async end(grace_ms) {
      quietly(() => child.stdin.end());
      const timer = setTimeout(() => child.kill("SIGKILL"), grace_ms);
      await over;
      clearTimeout(timer);
    },
  };
}

/** A pipe whose program has gone breaks: that it is gone is told by `gone`. */
function quietly(use: () => number | Promise<number> | undefined): void {
  const ignore = (error: unknown): void => {
    if (systemCode(error) === "") throw error;
  };
  try {
    void Promise.resolve(use()).catch(ignore);
  } catch (error) {
    ignore(error);
  }
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) rest = "";
    for (const line of lines) take(line);
  }
  if (rest !== "") take(rest);
}
