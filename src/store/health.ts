import { statSync } from "node:fs";
import { join } from "node:path";
import { experimentIdProblem } from "../domain/ids.ts";
import { systemCode } from "../domain/errors.ts";
import { parseStatusJson } from "../reduce/status-json.ts";
import type { Clock, Processes } from "../ports.ts";
import { runFolders, readBundle } from "./bundles.ts";
import { isStorageError, TEMPORARY_NAME } from "./durable.ts";
import { experimentLayout, type Layout } from "./layout.ts";
import { leaseState } from "./leases.ts";
import type { LedgerDamage } from "./ledger.ts";
import { experimentFolders } from "./experiments.ts";
import type { LabStore } from "./lab-store.ts";
import { isQuarantined, type Quarantined } from "./quarantine.ts";
import { readText } from "./read-text.ts";
import { namesIn } from "./names-in.ts";

/** Something in the data root that is not as it should be. */
export interface Finding {
  /** Relative to the data root. */
  path: string;
  problem: string;
  experiment: string | null;
  /** What recovery can do with it, when it can do anything. */
  target: { kind: "damage"; what: Quarantined } | { kind: "stray" } | null;
}

/** Bundles that a quick look compares with their seals; `verify` compares all of them. */
const QUICK_BUNDLES = 64;
const QUICK_BUNDLES_EACH = 8;
const QUICK_STATUS_FILES = 1000;

/**
 * A look at everything that can break, bounded so that `status` stays quick in a lab of any size:
 * the whole ledger by its checksum, every lock, STATUS.json of up to 1000 experiments, and the
 * latest bundles.
 */
export function quickFindings(
  store: LabStore,
  context: { clock: Clock; processes: Processes },
): Finding[] {
  const findings: Finding[] = [];
  findings.push(...ledgerFindings(store));
  for (const [id, error] of store.broken()) {
    findings.push(finding(`experiments/${id}/SPEC.yaml`, error.message, id));
  }
  if (store.distrusted().includes(store.layout.labIndex)) {
    findings.push(finding("LAB-INDEX.json", "is damaged; it is derived", null));
  }
  findings.push(...lockFindings(store.layout, context));
  let statusFiles = QUICK_STATUS_FILES;
  let bundles = QUICK_BUNDLES;
  for (const row of store.rows()) {
    if (statusFiles-- > 0) findings.push(...statusFindings(store.layout, row.id));
    const budget = Math.min(bundles, QUICK_BUNDLES_EACH);
    if (row.run_count === 0 || budget <= 0) continue;
    for (const name of bundleNames(store.layout, row.id, findings).slice(-budget)) {
      bundles -= 1;
      findings.push(...bundleFindings(store.layout, row.id, name));
    }
  }
  return findings;
}

/** Everything: each ledger line, each seal with every file behind it, each lock. */
export function allFindings(
  store: LabStore,
  context: { clock: Clock; processes: Processes },
): { findings: Finding[]; bundles: number; events: number } {
  let events = 0;
  const scan = store.ledger.scan(0, 0, () => (events += 1));
  const findings = damageFindings(store.layout, scan.damage, scan.end, scan.torn_bytes);
  findings.push(...lockFindings(store.layout, context));
  let bundles = 0;
  for (const id of experimentFolders(store.layout)) {
    const broken = store.broken().get(id);
    if (broken !== undefined) {
      findings.push(finding(`experiments/${id}/SPEC.yaml`, broken.message, id));
    }
    for (const name of bundleNames(store.layout, id, findings)) {
      bundles += 1;
      findings.push(...bundleFindings(store.layout, id, name));
    }
  }
  findings.push(...strayFindings(store.layout, context.processes));
  return { findings, bundles, events };
}

function ledgerFindings(store: LabStore): Finding[] {
  const { ledger_bytes, ledger_crc32, ledger_damaged_lines } = store.labView();
  const whole = ledger_damaged_lines === 0 && store.damage().length === 0;
  if (whole && store.ledger.checksum(ledger_bytes) === ledger_crc32) {
    const torn = store.ledger.size() - ledger_bytes;
    return damageFindings(store.layout, [], ledger_bytes, torn);
  }
  const scan = store.ledger.scan(0, 0, () => {});
  const found = damageFindings(store.layout, scan.damage, scan.end, scan.torn_bytes);
  if (scan.damage.length > 0 || scan.torn_bytes > 0) return found;
  if (scan.crc32 === ledger_crc32) return [];
  const problem = "was changed since it was last read; run `labctl refresh`";
  return [finding("registry/events.jsonl", problem, null)];
}

function damageFindings(
  layout: Layout,
  damage: readonly LedgerDamage[],
  end: number,
  torn_bytes: number,
): Finding[] {
  const all = [...damage];
  if (torn_bytes > 0) {
    all.push({ start: end, end: end + torn_bytes, problem: "ends in a torn line" });
  }
  return all
    .map(({ start, end: stop, problem }) =>
      damaged(
        "registry/events.jsonl",
        `bytes ${start} to ${stop}: ${problem}`,
        { start, end: stop },
        null,
      ),
    )
    .filter((found) => !isOnRecord(layout, found));
}

function statusFindings(layout: Layout, id: string): Finding[] {
  const paths = experimentLayout(layout, id);
  const text = readText(paths.status);
  const view = text === null ? null : parseStatusJson(text);
  if (view === null) {
    const problem = text === null ? "is missing" : "is damaged";
    return [finding(`experiments/${id}/STATUS.json`, `${problem}; it is derived`, id)];
  }
  // Rows are written before the STATUS.json that counts them.
  const bytes = statSync(paths.metrics, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes >= view.metrics_bytes) return [];
  const problem = `has ${bytes} of ${view.metrics_bytes} bytes; it is derived`;
  return [finding(`experiments/${id}/metrics.jsonl`, problem, id)];
}

/** Names of an experiment's bundles. A folder that cannot be read is a finding and has none. */
function bundleNames(layout: Layout, id: string, findings: Finding[]): string[] {
  try {
    return runFolders(experimentLayout(layout, id).runs);
  } catch (error) {
    if (!isStorageError(error)) throw error;
    findings.push(finding(`experiments/${id}/runs`, `cannot be read (${systemCode(error)})`, id));
    return [];
  }
}

function bundleFindings(layout: Layout, id: string, name: string): Finding[] {
  const dir = join(experimentLayout(layout, id).runs, name);
  const bundle = readBundle(dir, { check: true });
  if (bundle.kind !== "damaged") return [];
  return bundle.problems
    .map((problem) => {
      const what = { experiment: id, run_id: name, problem };
      return damaged(`experiments/${id}/runs/${name}`, problem, what, id);
    })
    .filter((found) => !isOnRecord(layout, found));
}

function lockFindings(layout: Layout, context: { clock: Clock; processes: Processes }): Finding[] {
  const findings: Finding[] = [];
  for (const name of namesIn(layout.locks)) {
    if (name.endsWith(".lock")) {
      if (readText(join(layout.locks, name, "info.json")) === null) {
        findings.push(finding(`registry/locks/${name}`, "a lock without content", null));
      }
      continue;
    }
    if (experimentIdProblem(name) !== null) continue;
    const state = leaseState({ locks: layout.locks, ...context }, name);
    if (state.kind === "abandoned") {
      findings.push(finding(`registry/locks/${name}`, `abandoned lease: ${state.why}`, name));
    }
    if (state.kind === "unreadable") {
      findings.push(finding(`registry/locks/${name}`, "a lock without content", name));
    }
  }
  return findings;
}

/** Temporary files whose writer is gone. */
function strayFindings(layout: Layout, processes: Processes): Finding[] {
  return foldersWithTemporaries(layout).flatMap((folder) =>
    namesIn(join(layout.root, folder))
      .filter((name) => isStray(name, processes))
      .map((name) => ({
        ...finding(join(folder, name), "left behind by a crash", null),
        target: { kind: "stray" as const },
      })),
  );
}

/** Relative paths of the folders in which files are made under a temporary name first. */
function foldersWithTemporaries(layout: Layout): string[] {
  const control = ["control/approvals", "control/outbox", "control/outbox/notify"];
  const hub = ["", "/packages", "/results", "/serving", "/tokens"].map(
    (name) => `registry/hub${name}`,
  );
  const folders = [".", "registry", "registry/quarantine", "dispatch/quarantine", ...hub];
  folders.push("experiments", "scratch/specs", ...control);
  for (const name of namesIn(layout.locks)) folders.push(`registry/locks/${name}`);
  for (const id of experimentFolders(layout)) {
    folders.push(`experiments/${id}`, `experiments/${id}/checkpoints`);
    for (const run of bundleNames(layout, id, [])) {
      folders.push(`experiments/${id}/runs/${run}`);
    }
  }
  return folders;
}

/** Whether a name is that of a temporary file or draft whose process no longer runs here. */
function isStray(name: string, processes: Processes): boolean {
  const pid = TEMPORARY_NAME.exec(name)?.[1] ?? /^\.new-(\d+)-/.exec(name)?.[1];
  return pid !== undefined && !processes.isRunning(Number(pid));
}

function finding(path: string, problem: string, experiment: string | null): Finding {
  return { path, problem, experiment, target: null };
}

function damaged(
  path: string,
  problem: string,
  what: Quarantined,
  experiment: string | null,
): Finding {
  return { path, problem, experiment, target: { kind: "damage", what } };
}

function isOnRecord(layout: Layout, found: Finding): boolean {
  return found.target?.kind === "damage" && isQuarantined(layout, found.target.what);
}
