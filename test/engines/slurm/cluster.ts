import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { createSlurm } from "../../../src/engines/slurm/slurm.ts";
import type { Engine } from "../../../src/engines/engine.ts";

/** Starts real Slurm clusters of several nodes on this host; it lies beside the repository. */
const PROGRAM = resolve(import.meta.dir, "../../../../shared/slurm/slurm-local");

/** Why no cluster can be started here; null when one can. */
export function noCluster(): string | null {
  if (!existsSync(PROGRAM)) return "no real Slurm here: ../shared/slurm/slurm-local is missing";
  if (process.getuid?.() !== 0 && Bun.which("slurmctld") === null) {
    return "no real Slurm here: it is not installed, and only root can install it";
  }
  return null;
}

export interface Cluster {
  engine: Engine;
  folder: string;
  /** slurm-local itself, and the directory that it is told. */
  program: string;
  dir: string;
  /** The environment in which Slurm's programs talk to it. */
  environment: Record<string, string | undefined>;
  /** Another verb of slurm-local. */
  control(...words: string[]): Promise<void>;
  stop(): Promise<void>;
}

/** A cluster of its own, beside any other. */
export async function startCluster(nodes: number, ...options: string[]): Promise<Cluster> {
  // The path of a socket has to be short.
  const folder = mkdtempSync("/tmp/lab-slurm-");
  // munged refuses a socket that others cannot reach.
  chmodSync(folder, 0o755);
  const dir = join(folder, "c");
  const port = 10_000 + Math.floor(Math.random() * 500) * 40;
  const control = async (...words: string[]): Promise<void> => {
    const child = Bun.spawn({
      cmd: [PROGRAM, ...words, "--dir", dir],
      stdin: "ignore",
      stdout: "ignore",
      // Its daemons live on and would hold a pipe open.
      stderr: Bun.file(join(folder, "control.log")),
    });
    if ((await child.exited) === 0) return;
    const said = await Bun.file(join(folder, "control.log")).text();
    throw new Error(`slurm-local ${words.join(" ")}: ${said.trim()}`);
  };
  const stop = async (): Promise<void> => {
    await control("stop", "--wipe");
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await control("start", String(nodes), "--no-link", "--port", String(port), ...options);
  } catch (error) {
    await stop();
    throw error;
  }
  const environment = { ...process.env, SLURM_CONF: join(dir, "slurm.conf") };
  const logs = join(folder, "logs");
  const engine = createSlurm({ environment, logs, timeout_ms: 30_000 });
  return { engine, folder, program: PROGRAM, dir, environment, control, stop };
}
