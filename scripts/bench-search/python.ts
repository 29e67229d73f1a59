/** A Python program that answers each line with one line. */
export interface PythonProcess {
  /** The JSON that came back; throws when the process ends instead. Ask one after the other. */
  call(request: unknown): Promise<Record<string, unknown>>;
  close(): Promise<void>;
  hasEnded(): boolean;
}

/** Starts the script; its complaints go to stderr. Math libraries get one thread each. */
export function startPython(python: string, script: string, path: string | null): PythonProcess {
  const child = Bun.spawn([python, script], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
    env: {
      ...process.env,
      OMP_NUM_THREADS: "1",
      OPENBLAS_NUM_THREADS: "1",
      MKL_NUM_THREADS: "1",
      ...(path === null ? {} : { PYTHONPATH: path }),
    },
  });
  const lines = readLines(child.stdout);
  let isOver = false;
  return {
    async call(request) {
      await child.stdin.write(`${JSON.stringify(request)}\n`);
      await child.stdin.flush();
      const { value, done } = await lines.next();
      isOver = done === true;
      if (done === true) throw new Error(`${script} ended: ${JSON.stringify(request)}`);
      const answer: unknown = JSON.parse(value);
      if (isRecord(answer)) return answer;
      throw new Error(`${script} answered ${value}`);
    },
    hasEnded: () => isOver,
    async close() {
      await child.stdin.end();
      await child.exited;
    },
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}
