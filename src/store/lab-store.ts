import { readFileSync, statSync } from "node:fs";
import { LabError, systemCode } from "../domain/errors.ts";
import type { LabEvent } from "../domain/events.ts";
import type { Spec } from "../domain/spec/spec.ts";
import type { Calendar } from "../ports.ts";
import { emptyView, foldEvent } from "../reduce/experiment.ts";
import { parseLabIndex } from "../reduce/lab-index.ts";
import { parseStatusJson } from "../reduce/status-json.ts";
import type { ExperimentView, IndexRow, LabView } from "../reduce/views.ts";
import { isStorageError } from "./durable.ts";
import { experimentFolders, unknownExperiment } from "./experiments.ts";
import { experimentLayout, type Layout } from "./layout.ts";
import { openLedger, type Ledger, type LedgerDamage, type LedgerEntry } from "./ledger.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { isOriginalIndex, readOriginalStatus } from "./original-status.ts";
import { writeExperiment, writeLab } from "./projections.ts";
import { readText } from "./read-text.ts";
import { addRow, freshFiles, type PendingFiles } from "./row-files.ts";
import { loadSpec, specDigest, type StoredSpec } from "./spec-store.ts";

/**
 * The state of the lab in memory, always at one position of the ledger (the cursor). It starts from
 * the projections on disk and folds only what was appended since; whatever on disk is missing,
 * damaged or ahead of its time is rebuilt from the ledger. It never writes except through
 * `record`, `flush` and what they need.
 */
export interface LabStore {
  layout: Layout;
  ledger: Ledger;
  /** Catches up with the ledger and with edited SPECs. */
  sync(): Promise<void>;
  /** Forgets everything derived and folds the ledger from its first byte. */
  rebuild(): Promise<void>;
  /** Experiments with a valid SPEC, sorted by id. */
  rows(): IndexRow[];
  view(id: string): Promise<ExperimentView>;
  spec(id: string): Promise<Spec>;
  /** The exact content of an experiment's metrics.jsonl at the cursor, written or not. */
  metricsText(id: string): Promise<string>;
  /** As metricsText, with the file's path. */
  metricsFile(id: string): Promise<{ path: string; content: string }>;
  /** Appends events and folds them, together with what others appended before them. */
  record(events: readonly LabEvent[], options: { sync: boolean }): Promise<void>;
  /** Writes every derived file that is behind; repeats until it reflects the whole ledger. */
  flush(): Promise<void>;
  /** Experiments whose SPEC cannot be used, with why. */
  broken(): ReadonlyMap<string, LabError>;
  /** Derived files that were found unusable and are being rebuilt in memory. */
  distrusted(): readonly string[];
  /** Damage met while folding since the store was opened. */
  damage(): readonly LedgerDamage[];
  /**
   * Whether the state was folded anew from a ledger that lost lines: then runs may be missing whose
   * bundles are whole.
   */
  lossy(): boolean;
  labView(): LabView;
  close(): void;
}

interface Options {
  layout: Layout;
  calendar: Calendar;
  version: string;
  writer: string;
}

/** Opens the state of a data root; call `sync` or `rebuild` before anything else. */
export function openLabStore({ layout, calendar, version, writer }: Options): LabStore {
  const ledger = openLedger(layout.ledger, writer);
  const rows = new Map<string, IndexRow>();
  const views = new Map<string, ExperimentView>();
  const specs = new Map<string, StoredSpec>();
  const pending = new Map<string, PendingFiles>();
  const dirty = new Set<string>();
  const broken = new Map<string, LabError>();
  const distrusted: string[] = [];
  const damage: LedgerDamage[] = [];
  let cursor = 0;
  let crc32 = 0;
  let damagedLines = 0;
  let updated_at = "";
  let loaded = false;
  let labDirty = false;
  let shrunk = false;
  let lossy = false;
  // Parallel runs of a burst share this store; two folds that overlap would take the same lines twice.
  const exclusive = oneAtATime();

  async function specOf(id: string): Promise<StoredSpec> {
    const known = specs.get(id);
    if (known !== undefined) return known;
    const stored = await loadSpec(layout, id, calendar, version);
    specs.set(id, stored);
    return stored;
  }

  function loadIndex(): boolean {
    loaded = true;
    const text = readText(layout.labIndex);
    const index = text === null ? null : parseLabIndex(text);
    shrunk = index !== null && index.ledger_bytes > ledger.size();
    if (index === null || shrunk) {
      if (text !== null && !isOriginalIndex(text)) distrusted.push(layout.labIndex);
      return false;
    }
    for (const row of index.experiments) rows.set(row.id, row);
    cursor = index.ledger_bytes;
    crc32 = index.ledger_crc32;
    damagedLines = index.ledger_damaged_lines;
    updated_at = index.updated_at;
    return true;
  }

  async function sync(): Promise<void> {
    if (!loaded && !loadIndex()) return rebuild();
    shrunk ||= ledger.size() < cursor;
    if (shrunk) return rebuild();
    await followSpecs();
    await foldTail();
  }

  /** Experiments that appeared, vanished, or whose SPEC was edited since their row was made. */
  async function followSpecs(): Promise<void> {
    const present = new Map<string, string>();
    for (const id of experimentFolders(layout)) {
      const sha256 = specDigest(layout, id);
      if (sha256 !== null) present.set(id, sha256);
    }
    for (const id of rows.keys()) {
      if (!present.has(id)) forget(id);
    }
    const changed: string[] = [];
    for (const [id, sha256] of present) {
      if (rows.get(id)?.spec_sha256 !== sha256) changed.push(id);
    }
    if (changed.length > 0) await refold(changed);
  }

  function forget(id: string): void {
    rows.delete(id);
    views.delete(id);
    specs.delete(id);
    pending.delete(id);
    dirty.delete(id);
    broken.delete(id);
    labDirty = true;
  }

  /** Folds the whole history of some experiments anew, up to the cursor. */
  async function refold(ids: readonly string[]): Promise<void> {
    const fresh = new Map<string, { view: ExperimentView; spec: Spec; files: PendingFiles }>();
    for (const id of ids) {
      forget(id);
      try {
        const stored = await specOf(id);
        const view = emptyView(stored.spec, stored.sha256);
        fresh.set(id, { view, spec: stored.spec, files: freshFiles() });
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        broken.set(id, error);
      }
    }
    if (fresh.size === 0) return;
    ledger.scan(0, 0, ({ event, end }) => {
      if (event.type === "lab_initialized" || end > cursor) return;
      const target = fresh.get(event.experiment);
      if (target === undefined) return;
      if (event.type === "experiment_created") target.files = freshFiles();
      if (foldEvent(target.view, target.spec, event, calendar)) {
        addRow(target.files, target.view, event);
      }
      target.view.ledger_end = end;
    });
    for (const [id, { view, files }] of fresh) {
      views.set(id, view);
      rows.set(id, view);
      pending.set(id, files);
      dirty.add(id);
    }
  }

  async function rebuild(): Promise<void> {
    loaded = true;
    for (const id of Array.from(rows.keys())) forget(id);
    specs.clear();
    broken.clear();
    damage.length = 0;
    updated_at = "";
    const scan = ledger.scan(0, 0, ({ event }) => {
      if (event.ts > updated_at) updated_at = event.ts;
    });
    damage.push(...scan.damage);
    damagedLines = scan.damaged_lines;
    lossy ||= shrunk || scan.torn_bytes > 0 || damage.length > 0;
    shrunk = false;
    cursor = scan.end;
    crc32 = scan.crc32;
    labDirty = true;
    await refold(experimentFolders(layout).filter((id) => specDigest(layout, id) !== null));
  }

  /** Returns whether anything was there. */
  async function foldTail(): Promise<boolean> {
    const entries: LedgerEntry[] = [];
    const scan = ledger.scan(cursor, crc32, (entry) => entries.push(entry));
    if (scan.end === cursor) return false;
    damage.push(...scan.damage);
    damagedLines += scan.damaged_lines;
    for (const entry of entries) {
      if (entry.event.type !== "lab_initialized") await loadForFold(entry.event.experiment);
    }
    cursor = scan.end;
    crc32 = scan.crc32;
    labDirty = true;
    const touched = new Set<string>();
    for (const { event, end } of entries) {
      if (event.ts > updated_at) updated_at = event.ts;
      if (event.type === "lab_initialized") continue;
      const view = views.get(event.experiment);
      const stored = specs.get(event.experiment);
      // No view: its SPEC is broken or gone. The events wait in the ledger until it is mended.
      if (view === undefined || stored === undefined || end <= view.ledger_end) continue;
      if (event.type === "experiment_created") pending.set(view.id, freshFiles());
      if (foldEvent(view, stored.spec, event, calendar)) {
        addRowOf(view, event);
      }
      view.ledger_end = end;
      touched.add(view.id);
    }
    for (const id of touched) {
      const view = views.get(id);
      if (view !== undefined) rows.set(id, view);
      dirty.add(id);
    }
    return true;
  }

  function addRowOf(view: ExperimentView, event: LabEvent): void {
    const waiting = pending.get(view.id) ?? {};
    addRow(waiting, view, event);
    pending.set(view.id, waiting);
  }

  /** Makes the view and spec of an experiment available for folding, if it has a usable SPEC. */
  async function loadForFold(id: string): Promise<void> {
    if (views.has(id) || broken.has(id)) return;
    if (rows.has(id)) await loadView(id);
    else if (specDigest(layout, id) !== null) await refold([id]);
  }

  async function loadView(id: string): Promise<void> {
    const paths = experimentLayout(layout, id);
    const text = readText(paths.status);
    const view = text === null ? null : parseStatusJson(text);
    const row = rows.get(id);
    if (
      view !== null &&
      row !== undefined &&
      view.id === id &&
      view.spec_sha256 === row.spec_sha256 &&
      view.ledger_end >= row.ledger_end &&
      view.ledger_end <= ledger.size() &&
      sizeOf(paths.metrics) === view.metrics_bytes &&
      (sizeOf(paths.costs) ?? 0) === view.costs_bytes
    ) {
      await specOf(id);
      views.set(id, view);
      rows.set(id, view);
      return;
    }
    distrusted.push(view === null ? paths.status : paths.metrics);
    await refold([id]);
  }

  async function viewOf(id: string): Promise<ExperimentView> {
    const problem = broken.get(id);
    if (problem !== undefined) throw problem;
    if (!rows.has(id)) throw unknownExperiment(id, [...rows.keys()]);
    if (!views.has(id)) await loadView(id);
    const found = views.get(id);
    if (found === undefined) throw broken.get(id) ?? unknownExperiment(id, [...rows.keys()]);
    return found;
  }

  async function metricsText(id: string): Promise<string> {
    const { run_count } = await viewOf(id);
    const text = knownRows(id);
    if (countLines(text) === run_count) return text;
    distrusted.push(experimentLayout(layout, id).metrics);
    await refold([id]);
    return pending.get(id)?.metrics?.text ?? "";
  }

  /** What is on disk and what is still to be written; the file may be gone or damaged. */
  function knownRows(id: string): string {
    const waiting = pending.get(id)?.metrics;
    const bytes = waiting?.position ?? views.get(id)?.metrics_bytes ?? 0;
    const written = bytes === 0 ? null : readBytes(experimentLayout(layout, id).metrics);
    return (written?.toString("utf8", 0, bytes) ?? "") + (waiting?.text ?? "");
  }

  async function flush(): Promise<void> {
    let failure: unknown = null;
    const failed = new Set<string>();
    // Each writer looks again after writing, so the last to write has seen every event: whatever
    // the order of their writes, the files end up reflecting the whole ledger.
    do {
      for (const id of Array.from(dirty).filter((one) => !failed.has(one))) {
        try {
          await writeOne(id);
          dirty.delete(id);
        } catch (error) {
          // One experiment whose folder cannot be written must not keep back the others.
          if (!isStorageError(error)) throw error;
          failed.add(id);
          failure ??= error;
        }
      }
      if (labDirty) writeLab(layout, labView());
      labDirty = false;
    } while (await foldTail());
    if (failure !== null) throw failure;
    distrusted.length = 0;
  }

  async function writeOne(id: string): Promise<void> {
    const current = views.get(id);
    const stored = specs.get(id);
    if (current === undefined || stored === undefined) return;
    // Its state is nowhere else until it is taken over (store/adopt.ts).
    const { status } = experimentLayout(layout, id);
    if (current.ledger_end === 0 && readOriginalStatus(status) !== null) return;
    const short = writeExperiment(layout, stored.spec, current, pending.get(id) ?? {});
    if (short !== null) {
      distrusted.push(short);
      await refold([id]);
      return writeOne(id);
    }
    pending.delete(id);
  }

  function labView(): LabView {
    return {
      experiments: sortedRows(),
      updated_at,
      ledger_bytes: cursor,
      ledger_crc32: crc32,
      ledger_damaged_lines: damagedLines,
    };
  }

  function sortedRows(): IndexRow[] {
    return [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  return {
    layout,
    ledger,
    sync: () => exclusive(sync),
    rebuild: () => exclusive(rebuild),
    rows: sortedRows,
    view: (id) => exclusive(() => viewOf(id)),
    spec: async (id) => (await exclusive(() => specOf(id))).spec,
    metricsText: (id) => exclusive(() => metricsText(id)),
    metricsFile: async (id) => ({
      path: experimentLayout(layout, id).metrics,
      content: await exclusive(() => metricsText(id)),
    }),
    async record(events, options) {
      ledger.append(events, options);
      await exclusive(foldTail);
    },
    flush: () => exclusive(flush),
    broken: () => broken,
    distrusted: () => distrusted,
    damage: () => damage,
    lossy: () => lossy,
    labView,
    close: () => ledger.close(),
  };
}

const NO_FILE = ["ENOENT", "EISDIR", "ENOTDIR"];

/** The bytes of a derived file, or null when it is gone. */
function readBytes(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (NO_FILE.includes(systemCode(error))) return null;
    throw error;
  }
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

/** null when there is none: that is not the empty file that an experiment without runs has. */
function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}
