import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { WorkerEvent } from "../../src/worker/events.ts";
import { cleanEnv } from "../helpers/cli.ts";
import { labctlBinary } from "../helpers/binary.ts";
import { untilNoProcess } from "../helpers/tagged-processes.ts";

/** A real `labctl worker`, its events as they come, and everything it starts found by a mark. */
export interface WorkerProcess {
  pid: number;
  events: WorkerEvent[];
  /** All it wrote to stderr so far. */
  stderr(): string;
  exited: Promise<number>;
  signal(name: "SIGTERM" | "SIGKILL" | "SIGUSR2" | "SIGSTOP" | "SIGCONT"): void;
  /** The first event of that type, now or later. */
  event<T extends WorkerEvent["type"]>(type: T): Promise<Extract<WorkerEvent, { type: T }>>;
  /** The last document it printed. */
  summary(): Record<string, unknown>;
}

export interface WorkerFarm {
  start(...args: string[]): WorkerProcess;
  /** Environment entry that every worker, attempt and run of this farm carries. */
  tag: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts workers in `dir`; at the end of the scope nothing of them runs any more. */
export function workerFarm(dir: string, env: Record<string, string> = {}): WorkerFarm {
  const mark = crypto.randomUUID();
  const started: WorkerProcess[] = [];
  const tag = `WORKER_FARM=${mark}`;
  return {
    tag,
    start(...args) {
      const child = Bun.spawn([...labctlBinary(), "worker", ...args, "--json"], {
        cwd: dir,
        env: cleanEnv({ ...env, WORKER_FARM: mark, XDG_STATE_HOME: join(dir, "state") }),
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      const worker = watch(child);
      started.push(worker);
      return worker;
    },
    async [Symbol.asyncDispose]() {
      for (const worker of started) worker.signal("SIGKILL");
      for (const worker of started) await worker.exited;
      const { sweepTagged } = await import("../../src/platform/sweep.ts");
      sweepTagged(tag);
      await untilNoProcess(tag);
    },
  };
}

function watch(child: Bun.Subprocess<"ignore", "pipe", "pipe">): WorkerProcess {
  const events: WorkerEvent[] = [];
  let errors = "";
  let document: Record<string, unknown> = {};
  let changed = Promise.withResolvers<void>();
  const reading = (async () => {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const value = JSON.parse(line);
        if (typeof value.type === "string") events.push(value);
        else document = value;
      }
      changed.resolve();
      changed = Promise.withResolvers();
    }
  })();
  const complaining = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of child.stderr) errors += decoder.decode(chunk, { stream: true });
  })();
  const exited = Promise.all([child.exited, reading, complaining]).then(([code]) => {
    changed.resolve();
    return code;
  });
  return {
    pid: child.pid,
    events,
    stderr: () => errors,
    exited,
    signal(name) {
      child.kill(name);
    },
    async event<T extends WorkerEvent["type"]>(type: T) {
      const isWanted = (event: WorkerEvent): event is Extract<WorkerEvent, { type: T }> =>
        event.type === type;
      for (;;) {
        const found = events.find(isWanted);
        if (found !== undefined) return found;
        if (child.exitCode !== null || child.signalCode !== null) {
          await exited;
          const late = events.find(isWanted);
          if (late !== undefined) return late;
          throw new Error(`the worker ended without ${type}: ${errors} ${JSON.stringify(events)}`);
        }
        await Promise.race([changed.promise, child.exited]);
      }
    },
    summary: () => document,
  };
}

/** Waits for a condition. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await Bun.sleep(5);
}

/** Names of what is in a folder; none when there is none. */
export function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
