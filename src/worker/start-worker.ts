import { arch, hostname, platform, release } from "node:os";
import { PROTOCOL, type Hello } from "../domain/dispatch/protocol.ts";
import { LabError } from "../domain/errors.ts";
import type { Clock, Processes, Random } from "../ports.ts";
import { openBlobCache } from "./blob-cache.ts";
import { chooseSpool } from "./choose-spool.ts";
import { openContact } from "./contact.ts";
import { enlist, type Enlisting } from "./enlist.ts";
import type { Tell } from "./events.ts";
import type { Gpu } from "./gpus.ts";
import { scrubbedEnvironment } from "./scrubbed-environment.ts";
import type { WorkerSignals } from "./signals.ts";
import { createSlots } from "./slots.ts";
import type { Spool } from "./spool.ts";
import { work, type WorkOptions } from "./work.ts";
import { createBell, drain, stopNow, type WorkerState } from "./worker-state.ts";

export interface WorkerOptions extends WorkOptions {
  processes: Processes;
  clock: Clock;
  random: Random;
  env: Readonly<Record<string, string | undefined>>;
  version: string;
  /** Address of the hub, or the data root. */
  queue: string;
  pin: string | null;
  joinToken: string | null;
  connect(spool: Spool): Promise<Enlisting["transport"]>;
  name: string | null;
  spool: string | null;
  slots: number;
  gpus: readonly Gpu[];
  labels: string[];
  executor_classes: string[];
  tag: string;
  cache_bytes: number;
  signals: WorkerSignals;
  /** So long after it was asked to end it gives back what still runs; null: never. */
  grace_ms: number | null;
  tell: Tell;
}

export interface WorkerSummary {
  worker: string;
  queue: string;
  spool: string;
  finished: number;
  released: number;
  /** Attempts whose end the queue has not heard of: they are in the spool. */
  kept: number;
}

/**
 * A worker, from joining to leaving. Throws LabError when it cannot join, when its spool is used by
 * another one, or when the queue refuses it; what is in the spool stays there.
 */
export async function startWorker(options: WorkerOptions): Promise<WorkerSummary> {
  const { processes, clock, random, env, queue, pin, tell } = options;
  const chosen = chooseSpool(
    {
      dir: options.spool,
      name: options.name ?? nameOf(hostname()),
      isNameFree: options.name === null,
      queue,
      env,
    },
    processes,
    random,
  );
  const { spool } = chosen;
  const transport = await options.connect(spool);
  const hello = helloOf(options, chosen.name);
  const { joinToken } = options;
  const welcome = await enlist({
    transport,
    spool,
    queue,
    pin,
    hello,
    joinToken,
    random,
    clock,
  });
  const gpus = options.gpus.map((gpu) => gpu.id);
  const state: WorkerState = {
    transport,
    processes,
    clock,
    random,
    spool,
    cache: openBlobCache(spool.cache, processes),
    cache_bytes: options.cache_bytes,
    slots: createSlots(options.slots, gpus),
    contact: openContact(clock, tell),
    welcome,
    host: hello.host,
    gpus,
    env: scrubbedEnvironment(env),
    tell,
    attempts: new Map(),
    draining: new AbortController(),
    over: new AbortController(),
    counts: { finished: 0, released: 0, kept: 0 },
    lastBusy_ms: clock.monotonic_ms(),
    bell: createBell(),
  };
  const { worker } = welcome;
  tell({ type: "joined", worker, hub: queue, slots: options.slots, gpus, spool: spool.dir });
  const stop = (reason: string): void => stopNow(state, { class: "preempted", reason });
  options.signals.onDrain((signal) => {
    drain(state, signal);
    const { grace_ms } = options;
    if (grace_ms === null) return;
    setTimeout(() => stop(`the worker got ${signal} ${grace_ms / 1000} s ago`), grace_ms).unref();
  });
  options.signals.onStop((signal) => stop(`the worker got ${signal}`));
  await work(state, options);
  return { worker, queue, spool: spool.dir, ...state.counts };
}

function helloOf(options: WorkerOptions, name: string): Omit<Hello, "key"> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) {
    throw new LabError("usage", `not a name for a worker: ${JSON.stringify(name)}`, {
      hint: "use up to 100 letters, digits, '.', '_' or '-', beginning with a letter or digit",
    });
  }
  return {
    name,
    host: hostname(),
    os: `${platform()} ${release()}`.slice(0, 300),
    arch: arch(),
    version: options.version,
    protocol: PROTOCOL,
    labels: options.labels,
    executor_classes: options.executor_classes,
    slots: options.slots,
    gpus: options.gpus.map(({ id, model, memory_mb }) => ({ id, model, memory_mb })),
    tag: options.tag,
  };
}

/** A host name as a worker's name. */
function nameOf(host: string): string {
  return (
    host
      .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[^A-Za-z0-9]+/, "")
      .slice(0, 90) || "worker"
  );
}
