import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runTag } from "../domain/env-contract.ts";
import { systemCode } from "../domain/errors.ts";
import type { LabEvent } from "../domain/events.ts";
import type { RunManifest } from "../domain/manifest.ts";
import { isoTime } from "../domain/time.ts";
import { parseMetricsRows } from "../reduce/metrics-row.ts";
import { sealedEvent } from "../reduce/sealed-event.ts";
import type { Clock, Processes } from "../ports.ts";
import { readBundle, runFolders, sealRun, setAside } from "./bundles.ts";
import { isQueued } from "./is-queued.ts";
import { experimentLayout } from "./layout.ts";
import type { Lease } from "./leases.ts";
import type { LabStore } from "./lab-store.ts";

export interface Reconciled {
  /** Runs whose result was complete on disk and is now in the history. */
  restored: string[];
  /** Runs that never finished: set aside under backups/interrupted/, to be run again. */
  interrupted: string[];
  /** Sealed bundles that do not match their seal and are in no history. */
  damaged: { run_id: string; problems: string[] }[];
  /** Processes of dead runs that were killed. */
  killed: number;
}

/**
 * Brings bundles and ledger of one experiment to agree after its owner vanished. Called only by the
 * holder of the lease, so nobody else is writing:
 *
 * - sealed, but not in the ledger: the event is appended again from the bundle;
 * - measured, but not sealed: sealed now, then as above;
 * - executed by somebody else, whose queue still has it: left alone;
 * - anything less: its processes are killed, its folder set aside, the run counts as never run.
 */
export async function reconcile(
  store: LabStore,
  context: {
    clock: Clock;
    processes: Processes;
    /** Finishes what the owner of a measured run had still to do before sealing it. */
    settle: (dir: string, manifest: RunManifest) => Promise<RunManifest>;
  },
  lease: Lease,
): Promise<Reconciled> {
  const id = lease.record.experiment;
  const paths = experimentLayout(store.layout, id);
  const report: Reconciled = { restored: [], interrupted: [], damaged: [], killed: 0 };
  const view = await store.view(id);
  const { rows } = parseMetricsRows(await store.metricsText(id));
  const known = new Set(rows.map((row) => row.run_id));
  const events: LabEvent[] = [];
  const running = new Set(view.running.map((run) => run.run_id));

  function interrupted(run_id: string, reason: string): void {
    report.interrupted.push(run_id);
    const ts = isoTime(context.clock.now());
    events.push({ type: "run_interrupted", ts, experiment: id, run_id, reason });
  }

  // What somebody else executes is theirs, as long as their queue has it.
  const away = new Set(
    view.running
      .filter(({ dispatch_id }) => dispatch_id !== undefined && isQueued(store.layout, dispatch_id))
      .map(({ run_id }) => run_id),
  );
  for (const name of away) running.delete(name);

  for (const name of runFolders(paths.runs)) {
    if (known.has(name) || away.has(name)) continue;
    const wasRunning = running.delete(name);
    const dir = join(paths.runs, name);
    report.killed += context.processes.sweep(runTag(dir));
    const bundle = readBundle(dir, { check: true });
    if (bundle.kind === "sealed") {
      report.restored.push(name);
      events.push(restoredEvent(dir, bundle.manifest, bundle.seal_sha256));
    } else if (bundle.kind === "measured" && isComplete(dir)) {
      const manifest = await context.settle(dir, bundle.manifest);
      const sealed_at = manifest.completed_at ?? isoTime(context.clock.now());
      const seal = sealRun(dir, name, sealed_at, lease.record.generation);
      if (seal === null) continue;
      report.restored.push(name);
      events.push(restoredEvent(dir, manifest, seal));
    } else if (bundle.kind === "damaged") {
      report.damaged.push({ run_id: name, problems: bundle.problems });
      // Its files stay as evidence, but nobody runs it any more.
      if (wasRunning) interrupted(name, "its bundle is damaged");
    } else if (bundle.kind !== "original") {
      setAside(dir, join(store.layout.backups, "interrupted", id));
      interrupted(name, "its owner vanished before it was measured");
    }
  }
  for (const run_id of running) {
    report.killed += context.processes.sweep(runTag(join(paths.runs, run_id)));
    if (!known.has(run_id)) interrupted(run_id, "its owner vanished and so did its folder");
  }
  removeSandboxes(store, id, lease.record.lease_id);
  if (events.length > 0) {
    await store.record(events, { sync: true });
    await store.flush();
  }
  return report;
}

function restoredEvent(
  dir: string,
  manifest: Parameters<typeof sealedEvent>[0],
  seal: string,
): LabEvent {
  const result = readFileSync(join(dir, "RESULT.md"), "utf8");
  return sealedEvent(manifest, manifest.completed_at ?? manifest.started_at, result, seal);
}

/** The final manifest is written last, but a power loss may keep it and lose the others. */
function isComplete(dir: string): boolean {
  try {
    JSON.parse(readFileSync(join(dir, "metrics.json"), "utf8"));
    return readFileSync(join(dir, "RESULT.md"), "utf8").length > 0;
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Sandboxes of this experiment's earlier leases: nobody can be using them any more. */
function removeSandboxes(store: LabStore, id: string, current: string): void {
  let names: string[];
  try {
    names = readdirSync(store.layout.scratch);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  for (const name of names) {
    if (!isSandboxOf(name, id) || name === current) continue;
    rmSync(join(store.layout.scratch, name), { recursive: true, force: true });
  }
}

/** `LEASE-<date>-<time>-<micros>-<experiment>` */
function isSandboxOf(name: string, id: string): boolean {
  return /^LEASE-\d{8}-\d{6}-\d{6}-(.+)$/.exec(name)?.[1] === id;
}
