import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Demand, WaitingRun } from "../../../src/engines/demand.ts";
import { openJobJournal } from "../../../src/engines/provision/job-journal.ts";
import type { Limits } from "../../../src/engines/provision/plan.ts";
import type { ProvisionParts } from "../../../src/engines/provision/provision.ts";
import { runProvisioner, type Provisioner } from "../../../src/engines/provisioner.ts";
import { scriptedEngine, type ScriptedEngine, type ScriptedHooks } from "../scripted-engine.ts";
import { until } from "../until.ts";

/** A provisioner on a scheduler and a queue that do what the test says; time moves when it says so. */
export interface Stand {
  scripted: ScriptedEngine;
  demand: Demand;
  warnings: string[];
  provisioner(): Provisioner;
  /** Adds `count` runs to the queue. */
  wait(count: number, changes?: Partial<WaitingRun>): void;
  /** A job's worker comes to the hub, and takes all that waits when `takes`. */
  join(tag: string, takes?: boolean): void;
  advance(ms: number): void;
  /** Waits until `look` finds something; the provisioner goes on meanwhile. */
  see<T>(look: () => T | null | false): Promise<T>;
  /** Lets it look at everything twice more. */
  settle(): Promise<void>;
  /** A new provisioner that knows what the journal says. */
  restart(): Promise<void>;
  journal(): string;
  stop(cancel?: boolean): Promise<void>;
}

export interface StandOptions extends ScriptedHooks {
  limits?: Partial<Limits>;
  options?: ProvisionParts["options"];
}

export function openStand(folder: string, options: StandOptions = {}): Stand {
  const scripted = scriptedEngine(options);
  const warnings: string[] = [];
  const demand: Demand = { waiting: [], workers: [] };
  let clock_ms = 1_000_000;
  let asked = 0;
  let count = 0;

  function start(): Provisioner {
    const journal = openJobJournal(folder);
    return runProvisioner({
      engine: scripted.engine,
      capabilities: {
        name: "scripted",
        protocol: 1,
        modes: ["pilot", "direct"],
        arrays: true,
        max_batch: 100,
        min_poll_s: 0.001,
        ...options.capabilities,
      },
      name: "scripted",
      prefix: "lab-0-scripted-",
      folder,
      journal,
      limits: { mode: "pilot", min_pilots: 0, max_pilots: 4, backlog: 1, ...options.limits },
      options: options.options ?? {},
      hub: "http://hub.example:7447",
      labctl: ["labctl"],
      demand: async () => {
        asked += 1;
        clock_ms += 1;
        return structuredClone(demand);
      },
      mintJoin: async (tag) => `hl_join_${tag}`,
      warn: (message) => warnings.push(message),
      mayGoOn: () => true,
      now: () => new Date(1_767_225_600_000 + clock_ms),
      monotonic_ms: () => clock_ms,
    });
  }

  let current = start();
  const stand: Stand = {
    scripted,
    demand,
    warnings,
    provisioner: () => current,
    wait(more, changes = {}) {
      for (let one = 0; one < more; one += 1) {
        count += 1;
        const needs = { gpus: 0, labels: [] };
        const run = { package: `P${count}`, needs, timeout_ms: 60_000, options: {} };
        demand.waiting.push({ ...run, ...changes });
      }
    },
    join(tag, takes = true) {
      demand.workers.push({ tag, alive: true, free: takes ? 0 : 1, done: false });
      if (takes) demand.waiting.shift();
    },
    advance(ms) {
      clock_ms += ms;
    },
    see: (look) =>
      until(() => {
        current.poke();
        const found = look();
        return found === false ? null : found;
      }),
    async settle() {
      const from = asked;
      await stand.see(() => asked >= from + 3);
    },
    async restart() {
      await current.stop({ cancel: false, grace_s: 0 });
      current = start();
    },
    journal: () => readFileSync(join(folder, "jobs.jsonl"), "utf8"),
    stop: (cancel = false) => current.stop({ cancel, grace_s: 0 }),
  };
  return stand;
}
