import type { PackageSummary } from "../domain/dispatch/run-package.ts";
import type { Hub } from "./open-hub.ts";
import type { PackageState } from "./queue/state.ts";
import { workerRows, type WorkerRow } from "./worker-rows.ts";

/** Where the queue stands. */
export interface QueueReport {
  seq: number;
  queued: number;
  leased: number;
  /** Over, and not in the ledger yet. */
  ending: number;
  /** Workers that wait for work now. */
  idle: number;
  /** What waits, by what it needs: what engines scale to. */
  waiting: WaitingRow[];
  packages: PackageRow[];
  workers: WorkerRow[];
  /** Why results are not in the ledger yet, by package. */
  troubles: Record<string, string>;
}

export interface WaitingRow {
  experiment: string;
  executor_class: string;
  priority: string;
  gpus: number;
  labels: string[];
  timeout_ms: number;
  count: number;
}

export interface PackageRow extends PackageSummary {
  status: PackageState["status"];
  epoch: number;
  worker: string | null;
  tries: number;
}

/** More packages are counted, and not listed. */
const LISTED = 1000;

export function queueReport(hub: Hub): QueueReport {
  const { state } = hub.queue;
  const waiting = new Map<string, WaitingRow>();
  const listed: PackageRow[] = [];
  let queued = 0;
  for (const pack of state.packages.values()) {
    if (listed.length < LISTED) listed.push(rowOf(pack));
    if (pack.status !== "queued") continue;
    queued += 1;
    const { experiment, executor_class, priority, needs, timeout_ms } = pack.summary;
    const { gpus, labels } = needs;
    const key = JSON.stringify([experiment, executor_class, priority, gpus, labels, timeout_ms]);
    const row = waiting.get(key);
    if (row !== undefined) row.count += 1;
    else {
      waiting.set(key, {
        experiment,
        executor_class,
        priority,
        gpus,
        labels,
        timeout_ms,
        count: 1,
      });
    }
  }
  return {
    seq: state.seq,
    queued,
    leased: state.leased.size,
    ending: state.ending.size,
    idle: hub.claims.waiting(),
    waiting: [...waiting.values()],
    packages: listed,
    workers: workerRows(hub),
    troubles: Object.fromEntries(hub.ingestion.troubles()),
  };
}

function rowOf({ summary, status, epoch, attempts, tries }: PackageState): PackageRow {
  const worker = status === "leased" ? (attempts[epoch - 1]?.worker ?? null) : null;
  return { ...summary, status, epoch, worker, tries };
}
