import { parseRunPackage } from "../domain/dispatch/run-package.ts";
import type { EngineOptions } from "../domain/spec/engine-kinds.ts";
import type { Demand, WaitingRun } from "../engines/demand.ts";
import type { Hub } from "./open-hub.ts";
import { workerRows, type WorkerRow } from "./worker-rows.ts";

/** What the hub's queue wants of an engine, for `startProvisioner`. */
export function engineDemand(hub: Hub): () => Promise<Demand> {
  /** Of the SPEC in a package, read once while it waits. */
  let known = new Map<string, EngineOptions>();

  async function optionsOf(id: string): Promise<EngineOptions> {
    const text = known.has(id) ? null : await hub.packages.get(id);
    const spec = text === null ? undefined : parseRunPackage(text)?.spec;
    return known.get(id) ?? spec?.engine_options ?? {};
  }

  return async () => {
    const { state } = hub.queue;
    const queued = [...state.packages.values()].filter(
      (pack) => pack.status === "queued" && !state.delayed.has(pack),
    );
    const waiting: WaitingRun[] = [];
    const options = new Map<string, EngineOptions>();
    for (const { summary } of queued) {
      const { id, needs, timeout_ms } = summary;
      const its = await optionsOf(id);
      options.set(id, its);
      waiting.push({ package: id, needs, timeout_ms, options: its });
    }
    known = options;
    const rows = workerRows(hub).filter(({ tag }) => tag !== "");
    return { waiting, workers: rows.map(jobWorker) };
  };
}

/** A worker that a job of an engine is. */
export function jobWorker(row: WorkerRow): Demand["workers"][number] {
  const { tag, state, slots, running } = row;
  const isReady = state === "ready";
  // One that drains occupies its job until what it runs has ended.
  const alive = isReady || (state === "draining" && running.length > 0);
  const done = state === "draining" && running.length === 0;
  return { tag, alive, free: isReady ? Math.max(0, slots - running.length) : 0, done };
}
