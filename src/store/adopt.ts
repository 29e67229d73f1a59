import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { lazily } from "../domain/lazily.ts";
import { LabError, systemCode } from "../domain/errors.ts";
import type { ExperimentAdopted, LabEvent, RunSealed } from "../domain/events.ts";
import { isoTime } from "../domain/time.ts";
import { readResult } from "../reduce/result.ts";
import type { Clock, Processes } from "../ports.ts";
import { readBundle, runFolders } from "./bundles.ts";
import { ensureFolder, replaceFile } from "./durable.ts";
import { experimentLayout } from "./layout.ts";
import { acquireLease } from "./leases.ts";
import type { LabStore } from "./lab-store.ts";
import { readOriginalStatus, type OriginalStatus } from "./original-status.ts";

const OriginalMetrics = lazily(() =>
  v.object({
    value: v.optional(v.unknown()),
    source: v.optional(v.string(), ""),
    iteration: v.optional(v.number()),
  }),
);

/**
 * Takes over experiments that the Python original left in this data root: one event for each run
 * it sealed, and one for the state it kept in STATUS.json alone. Its files stay as they are, but
 * for STATUS.json, which is ours from now on (the old one goes to backups/adopted/). Does nothing
 * for experiments the ledger knows. A lease held by somebody else puts it off to the next call.
 */
export async function adoptOriginals(
  store: LabStore,
  context: { clock: Clock; processes: Processes },
): Promise<void> {
  for (const row of store.rows()) {
    if (row.ledger_end > 0) continue;
    const paths = experimentLayout(store.layout, row.id);
    const status = readOriginalStatus(paths.status);
    if (status === null) continue;
    try {
      const lease = acquireLease(
        { locks: store.layout.locks, ...context },
        row.id,
        "labctl (taking over)",
      );
      try {
        await store.sync();
        const view = await store.view(row.id);
        if (view.ledger_end > 0) continue;
        backUp(store, row.id);
        const spec = await store.spec(row.id);
        await store.record(adoptionEvents(row.id, paths.runs, status, spec.metric), { sync: true });
        await store.flush();
      } finally {
        lease.release();
      }
    } catch (error) {
      if (!(error instanceof LabError) && systemCode(error) === "") throw error;
      // Leased by somebody, or a read-only data root: the next call tries again.
    }
  }
}

function adoptionEvents(
  experiment: string,
  runs: string,
  status: OriginalStatus,
  metric: string,
): LabEvent[] {
  const events: LabEvent[] = [];
  const created_at = normalTime(status.created_at) ?? "";
  let latest = created_at;
  for (const name of runFolders(runs)) {
    const dir = join(runs, name);
    const bundle = readBundle(dir, { check: false });
    if (bundle.kind !== "original") continue;
    const event = originalRun(experiment, dir, bundle.manifest, events.length + 1, metric);
    if (event.ts > latest) latest = event.ts;
    events.push(event);
  }
  const adopted: ExperimentAdopted = {
    type: "experiment_adopted",
    ts: latest,
    experiment,
    created_at,
    phase: status.phase === "ready" ? "queued" : status.phase,
    tier: status.current_fidelity_tier,
    failure_streak: status.failure_streak,
    next_due_at: normalTime(status.next_due_at),
    blocked_reason: status.blocked_reason,
  };
  events.push(adopted);
  return events;
}

/**
 * The original wrote 0 for failures and for its stub; neither is a measurement, so neither keeps
 * a value here.
 */
function originalRun(
  experiment: string,
  dir: string,
  manifest: Extract<ReturnType<typeof readBundle>, { kind: "original" }>["manifest"],
  iteration: number,
  metric: string,
): RunSealed {
  const metrics = readMetrics(join(dir, "metrics.json"));
  const measured =
    manifest.status === "success" &&
    metrics.source !== "built-in-stub" &&
    typeof metrics.value === "number" &&
    Number.isFinite(metrics.value);
  const started = Date.parse(manifest.started_at);
  const completed = Date.parse(manifest.completed_at);
  return {
    type: "run_sealed",
    ts: isoTime(new Date(Number.isFinite(completed) ? completed : 0)),
    experiment,
    run_id: manifest.run_id,
    iteration,
    role: manifest.role,
    tier: manifest.fidelity_tier,
    executor_class: manifest.executor_class,
    mode: "scheduled",
    outcome: manifest.status,
    value: measured && typeof metrics.value === "number" ? metrics.value : null,
    metric,
    source: metrics.source,
    params: null,
    strategy: null,
    provenance: null,
    started_at: isoTime(new Date(Number.isFinite(started) ? started : 0)),
    duration_ms: Number.isFinite(completed - started) ? completed - started : 0,
    ...readResult(textOf(join(dir, "RESULT.md"))),
    seal_sha256: "",
    adopted: true,
  };
}

/** The original writes microseconds and +00:00; instants of ours compare as text. */
function normalTime(text: string | null): string | null {
  const at = Date.parse(text ?? "");
  return Number.isFinite(at) ? isoTime(new Date(at)) : null;
}

function readMetrics(path: string): v.InferOutput<ReturnType<typeof OriginalMetrics>> {
  const parsed = v.safeParse(OriginalMetrics(), jsonOf(path));
  return parsed.success ? parsed.output : { source: "" };
}

function backUp(store: LabStore, id: string): void {
  const folder = join(store.layout.backups, "adopted", id);
  if (existsSync(join(folder, "STATUS.json"))) return;
  ensureFolder(folder);
  const paths = experimentLayout(store.layout, id);
  replaceFile(join(folder, "STATUS.json"), textOf(paths.status));
  replaceFile(join(folder, "metrics.jsonl"), textOf(paths.metrics));
}

function jsonOf(path: string): unknown {
  try {
    return JSON.parse(textOf(path));
  } catch {
    return null;
  }
}

const MAX_TEXT_BYTES = 1 << 20;

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8").slice(0, MAX_TEXT_BYTES);
  } catch (error) {
    if (["ENOENT", "EISDIR", "ENOTDIR"].includes(systemCode(error))) return "";
    throw error;
  }
}
