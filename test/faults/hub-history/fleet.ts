import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { formatJoinString } from "../../../src/domain/dispatch/join-string.ts";
import { openTokens } from "../../../src/hub/tokens.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { systemRandom } from "../../../src/platform/random.ts";
import type { FaultLab } from "../../helpers/fault-lab.ts";
import { journalArchive, parsedLine, type JournalArchive } from "./evidence.ts";
import { program, type Program } from "./program.ts";
import { startProxy, type Proxy } from "./proxy.ts";
import { smallDisk, type SmallDisk } from "./small-disk.ts";
import { wallClock, type WallClock } from "./wall-clock.ts";

export interface Worker {
  program: Program;
  proxy: Proxy;
  spool: string;
  /** null where it has no file system of its own. */
  disk: SmallDisk | null;
  clock: WallClock | null;
}

/** A hub and its workers, all real programs, on this machine. */
export interface Fleet {
  hub: Program;
  hubClock: WallClock | null;
  workers: Worker[];
  /** kill -9, and its journal is kept. */
  killHub(): Promise<void>;
  /** Starts it again and waits until it answers. */
  startHub(): Promise<void>;
  archive: JournalArchive;
  /** A folder for what the programs say. */
  logs: string;
  close(): Promise<void>;
}

export interface FleetOptions {
  workers: number;
  slots: number;
  /** Of the hub; short, so that one is over soon. */
  lease_s: number;
  /** The first so many workers have a small file system of their own for their spool. */
  smallDisks: number;
}

export async function startFleet(lab: FaultLab, options: FleetOptions): Promise<Fleet> {
  const logs = join(lab.dir, "logs");
  mkdirSync(logs);
  const port = freePort();
  const hubClock = wallClock(join(lab.dir, "hub.clock"));
  const address = ["--host", "127.0.0.1", "--port", String(port)];
  const { lease_s } = options;
  const intervals = ["--heartbeat", String(lease_s / 5), "--lease", String(lease_s)];
  const hub = program({
    name: "hub",
    args: () => ["serve", ...address, ...intervals, "--json"],
    cwd: lab.dir,
    env: { ...lab.env, ...hubClock?.environment },
    log: join(logs, "hub"),
  });
  const archive = journalArchive(lab.path("registry", "hub"), join(lab.dir, "journal"));
  const workers: Worker[] = [];

  async function killHub(): Promise<void> {
    await hub.kill();
    archive.keep();
  }

  async function startHub(): Promise<void> {
    const before = ready().length;
    hub.start();
    while (ready().length === before) {
      const code = hub.exitCode();
      if (code !== null) throw new Error(`the hub ended with ${code}: ${hub.stderr()}`);
      await Bun.sleep(5);
    }
  }
  const ready = (): string[] => hub.lines().filter((line) => "url" in parsedLine(line));

  await startHub();
  const tokens = openTokens(lab.path("registry", "hub"), {
    random: systemRandom,
    clock: systemClock,
  });
  for (let index = 0; index < options.workers; index++) {
    const proxy = await startProxy(port);
    const folder = join(lab.dir, `spool-${index}`);
    const disk = index < options.smallDisks ? smallDisk(folder) : null;
    const clock = wallClock(join(lab.dir, `worker-${index}.clock`));
    const { token } = tokens.issue({ scope: "join" });
    const join_string = formatJoinString({ url: proxy.url, pin: null, token });
    const flags = ["--spool", join(folder, "spool"), "--slots", String(options.slots), "--json"];
    const worker = program({
      name: `worker ${index}`,
      args: () => ["worker", join_string, "--name", `worker-${index}`, ...flags],
      cwd: lab.dir,
      env: { ...lab.env, ...clock?.environment, LABCTL_DEBUG: "1" },
      log: join(logs, `worker-${index}`),
    });
    mkdirSync(folder, { recursive: true });
    worker.start();
    workers.push({ program: worker, proxy, spool: join(folder, "spool"), disk, clock });
  }

  return {
    hub,
    hubClock,
    workers,
    killHub,
    startHub,
    archive,
    logs,
    async close() {
      for (const { program: one } of [...workers, { program: hub }]) {
        if (one.exitCode() === null) await one.kill();
      }
      for (const { proxy, disk } of workers) {
        await proxy.close();
        disk?.unmount();
      }
    },
  };
}

/** A port that was free a moment ago: the hub has to come back on the same. */
export function freePort(): number {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("") });
  const { port } = server;
  void server.stop(true);
  if (port === undefined) throw new Error("there is no free port");
  return port;
}
