import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanEnv } from "./cli.ts";

/**
 * Starts `count` processes that each run the module `script` with (folder, own number, ...args),
 * lets them go at the same moment, and waits for all. Throws when one fails.
 */
export async function race(
  script: string,
  folder: string,
  count: number,
  ...args: string[]
): Promise<void> {
  const racers = Array.from({ length: count }, (_, number) =>
    Bun.spawn([process.execPath, script, folder, String(number), ...args], {
      env: cleanEnv(),
      stdout: "ignore",
      stderr: "pipe",
    }),
  );
  try {
    const ready = (number: number): boolean => existsSync(join(folder, `ready-${number}`));
    while (!racers.every((racer, number) => ready(number) || racer.exitCode !== null)) {
      await Bun.sleep(1);
    }
    writeFileSync(join(folder, "go"), "");
    for (const racer of racers) {
      const code = await racer.exited;
      if (code !== 0) throw new Error(`racer exits ${code}: ${await racer.stderr.text()}`);
    }
  } finally {
    for (const racer of racers) racer.kill("SIGKILL");
  }
}

/** In a racer: its folder, number and arguments, once all of them may go. */
export async function start(): Promise<{ folder: string; number: number; args: string[] }> {
  const [folder = "", number = "", ...args] = process.argv.slice(2);
  writeFileSync(join(folder, `ready-${number}`), "");
  while (!existsSync(join(folder, "go"))) await Bun.sleep(0);
  return { folder, number: Number(number), args };
}
