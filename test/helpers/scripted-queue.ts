import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ingest, endPackage } from "../../src/app/dispatch/ingest.ts";
import type { QueueEvent, RemoteQueue } from "../../src/app/dispatch/remote-queue.ts";
import type { Session } from "../../src/app/session.ts";
import type { AttemptResult } from "../../src/domain/dispatch/attempt.ts";
import { parseRunPackage, type RunPackage } from "../../src/domain/dispatch/run-package.ts";
import type { JsonObject } from "../../src/domain/types.ts";
import { openBlobs } from "../../src/store/blobs.ts";

/** What a scripted worker makes of a package: a report, or nothing for now. */
export type Script = (pack: RunPackage) => JsonObject | null;

export interface ScriptedQueue extends RemoteQueue {
  submitted: RunPackage[];
  cancelled: string[];
  pruned: string[];
  /** Ends a package that the script did nothing about. */
  finish(id: string, report: JsonObject): Promise<void>;
  report(id: string, values: { step: number; value: number }[]): void;
}

/** A report of a run that was measured. */
export function reportOf(value: number | null, more: JsonObject = {}): JsonObject {
  return {
    outcome: value === null ? "failed" : "success",
    value,
    source: "stdout",
    metrics: {},
    reason: "",
    command: "scripted",
    exit_code: 0,
    duration_ms: 5,
    swept: 0,
    stdout_cut_bytes: 0,
    stderr_cut_bytes: 0,
    notes: [],
    reports: [],
    result_md: null,
    ...more,
  };
}

/** A queue within the process whose worker is a function; it ingests by a session of its own. */
export function scriptedQueue(session: Session, script: Script): ScriptedQueue {
  const { hubPackages } = session.store.layout;
  const events: QueueEvent[] = [];
  const packages = new Map<string, RunPackage>();
  const wakers = new Set<() => void>();
  const open = new Set<string>();

  function close(id: string): boolean {
    rmSync(join(hubPackages, `${id}.json`), { force: true });
    return open.delete(id);
  }

  function tell(event: QueueEvent): void {
    events.push(event);
    for (const wake of wakers) wake();
  }

  async function finish(id: string, report: JsonObject): Promise<void> {
    const pack = packages.get(id);
    if (pack === undefined) throw new Error(`no package ${id}`);
    const result: AttemptResult = {
      schema_version: 1,
      package: id,
      epoch: 1,
      worker: "scripted",
      host: "here",
      started_at: pack.created_at,
      ended_at: pack.created_at,
      report,
      files: { schema_version: 1, entries: [] },
    };
    await ingest(session, { pack, result, blobs: openBlobs(session.store.layout.blobs) });
    close(id);
    tell({ package: id, run_id: pack.run.id, kind: "ingested" });
  }

  const queue: ScriptedQueue = {
    submitted: [],
    cancelled: [],
    pruned: [],
    finish,
    report(id, values) {
      const run_id = packages.get(id)?.run.id ?? "";
      tell({ package: id, run_id, kind: "reports", epoch: 1, values });
    },
    async submit(document) {
      const pack = parseRunPackage(document);
      if (pack === null) throw new Error("not a package");
      queue.submitted.push(pack);
      packages.set(pack.id, pack);
      // As the hub does: whoever looks at the files sees that somebody answers for it.
      mkdirSync(hubPackages, { recursive: true });
      writeFileSync(join(hubPackages, `${pack.id}.json`), document);
      open.add(pack.id);
      const report = script(pack);
      if (report !== null) void finish(pack.id, report);
    },
    async watch(_experiment, after, _wait_s, signal) {
      if (events.length <= after) {
        await new Promise<void>((resolve) => {
          wakers.add(resolve);
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
        wakers.clear();
      }
      return { seq: events.length, events: events.slice(after) };
    },
    async cancel(id, reason) {
      queue.cancelled.push(id);
      const pack = packages.get(id);
      if (pack === undefined || !close(id)) return;
      await endPackage(session, pack, { outcome: "cancelled", reason });
      tell({ package: id, run_id: pack.run.id, kind: "cancelled", reason });
    },
    async prune(id, reason) {
      queue.pruned.push(id);
      await finish(id, reportOf(null, { outcome: "pruned", reason }));
    },
    open: async (ids) => ids.filter((id) => open.has(id)),
  };
  return queue;
}
