import { isoTime } from "../domain/time.ts";
import type { Hub } from "./open-hub.ts";
import type { WorkerState } from "./queue/state.ts";

/** A worker as people see it. */
export interface WorkerRow {
  name: string;
  host: string;
  os: string;
  arch: string;
  version: string;
  slots: number;
  gpus: number;
  labels: string[];
  executor_classes: string[];
  tag: string;
  /** Attempts it holds now. */
  running: string[];
  state: "ready" | "draining" | "silent" | "revoked";
  joined_at: string;
  last_seen: string;
}

export function workerRows(hub: Hub): WorkerRow[] {
  const running = new Map<string, string[]>();
  for (const pack of hub.queue.state.leased) {
    const worker = pack.attempts[pack.epoch - 1]?.worker ?? "";
    const held = running.get(worker) ?? [];
    held.push(`${pack.summary.id}.${pack.epoch}`);
    running.set(worker, held);
  }
  return [...hub.queue.state.workers.values()].map((worker) => {
    const { name, host, os, arch, version, slots, gpus, labels, executor_classes, tag } =
      worker.facts;
    return {
      name,
      host,
      os,
      arch,
      version,
      slots,
      gpus: gpus.length,
      labels,
      executor_classes,
      tag,
      running: running.get(name) ?? [],
      state: stateOf(hub, worker),
      joined_at: isoTime(new Date(worker.joined_at)),
      last_seen: isoTime(new Date(worker.seen_at)),
    };
  });
}

/** A worker that waits in a long poll is heard of at its end only. */
function stateOf({ intervals, wall_ms }: Hub, worker: WorkerState): WorkerRow["state"] {
  if (worker.revoked) return "revoked";
  const silent_ms = (intervals.lease_s + intervals.poll_s) * 1000;
  if (wall_ms() - worker.seen_at > silent_ms) return "silent";
  return worker.draining || worker.leaving ? "draining" : "ready";
}
