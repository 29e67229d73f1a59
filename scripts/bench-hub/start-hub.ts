import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A hub in a process of its own. */
export interface BenchHub {
  url: string;
  token: string;
  /** Tokens of its workers. */
  workers: string[];
  /** Peak of its resident memory so far, MiB; null where the system does not say. */
  peak_mib(): number | null;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startHub(root: string, workers: number): Promise<BenchHub> {
  const script = join(import.meta.dir, "hub-process.ts");
  const child = Bun.spawn([process.execPath, script, root, String(workers)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error("the hub ended before it listened");
    text += new TextDecoder().decode(value);
  }
  const said: Pick<BenchHub, "url" | "token" | "workers"> = JSON.parse(text);
  return {
    ...said,
    peak_mib: () => peakOf(child.pid),
    async [Symbol.asyncDispose]() {
      await child.stdin.end();
      await child.exited;
    },
  };
}

function peakOf(pid: number): number | null {
  if (process.platform !== "linux") return null;
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return kib === undefined ? null : Number(kib) / 1024;
}
