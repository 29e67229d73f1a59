import { closeSync, fdatasync, openSync, rmSync, write } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { quantile } from "./row.ts";

/** Bun keeps so many connections of a process open; with more clients in it, each request opens one. */
export const CLIENTS_EACH = 64;

const sync = promisify(fdatasync);

/** Times of appending `bytes` and syncing them, one after the other, in milliseconds. */
export async function syncTimes(folder: string, bytes: number, rounds = 500): Promise<number[]> {
  const path = join(folder, "floor");
  const fd = openSync(path, "wx");
  const buffer = Buffer.alloc(bytes, 97);
  const times: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const started = performance.now();
      await new Promise<void>((resolve, reject) => {
        write(fd, buffer, 0, bytes, null, (error) => (error === null ? resolve() : reject(error)));
      });
      await sync(fd);
      times.push(performance.now() - started);
    }
  } finally {
    closeSync(fd);
    rmSync(path);
  }
  return times;
}

/** Requests a second, and their times, of a server that only answers; the same client as in load.ts. */
export async function echo(clients: number, requests: number) {
  const script = join(import.meta.dir, "echo-process.ts");
  const child = Bun.spawn([process.execPath, script], { stdin: "pipe", stdout: "pipe" });
  try {
    const reader = child.stdout.getReader();
    const url = new TextDecoder().decode((await reader.read()).value).trim();
    const processes = Math.ceil(clients / CLIENTS_EACH);
    const counts = [clients / processes, requests / processes].map(
      (count) => `${Math.ceil(count)}`,
    );
    const argv = [process.execPath, join(import.meta.dir, "echo-load.ts"), url, ...counts];
    const said = await Promise.all(
      Array.from({ length: processes }, async () => {
        const load = Bun.spawn(argv, { stdout: "pipe", stderr: "inherit" });
        const one: { times: number[]; seconds: number } = JSON.parse(await load.stdout.text());
        return one;
      }),
    );
    const times = said.flatMap((one) => one.times);
    const seconds = Math.max(...said.map((one) => one.seconds));
    return { per_s: times.length / seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  } finally {
    await child.stdin.end();
    await child.exited;
  }
}
