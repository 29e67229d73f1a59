import * as v from "valibot";
import { PHASES } from "../domain/types.ts";
import { labAlerts } from "./alerts.ts";
import { isCount, parseJson, viewEntries } from "./view-schema.ts";
import type { IndexRow, LabView } from "./views.ts";

/** The keys of a row: those of the original first, in its order. */
const ROW_KEYS = [
  "id",
  "goal",
  "phase",
  "priority",
  "autonomous",
  "current_fidelity_tier",
  "next_fidelity_tier",
  "fidelity_tiers",
  "executor_class",
  "metric",
  "metric_direction",
  "run_count",
  "run_count_by_tier",
  "failure_streak",
  "success_streak_by_tier",
  "best_run",
  "best_metric_value",
  "best_run_by_tier",
  "best_metric_by_tier",
  "last_run",
  "last_run_at",
  "last_outcome",
  "next_due_at",
  "blocked_reason",
  "current_lease",
  "current_dispatch",
  "measured_count",
  "running",
  "tier_agreement",
  "finalized",
  "executor_classes",
  "baton",
  "cost_usd",
  "cost_tokens",
  "updated_at",
  "spec_sha256",
  "ledger_end",
] as const satisfies readonly (keyof IndexRow)[];

const count = v.custom<number>(isCount);

const labIndex = v.strictObject({
  schema_version: v.literal(1),
  generated_at: v.string(),
  data_root: v.literal("."),
  alerts: v.array(v.string()),
  counts_by_phase: v.strictObject(v.entriesFromList(PHASES, v.exactOptional(count))),
  dispatch: v.strictObject({
    counts_by_stage: v.strictObject({}),
    packages: v.strictTuple([]),
  }),
  ledger: v.strictObject({
    bytes: count,
    crc32: v.custom<number>((value) => isCount(value) && value <= 0xffff_ffff),
    damaged_lines: count,
  }),
  experiments: v.array(v.pick(v.strictObject(viewEntries), ROW_KEYS)),
});

/** The row of an experiment: the keys of IndexRow, always in the same order. */
export function indexRow(view: IndexRow): IndexRow {
  return pick(view, ROW_KEYS);
}

/**
 * LAB-INDEX.json. The head is two-space JSON; each experiment is one line, which keeps the file of
 * a lab of 500 at half the size. Not in it: `free_gb`, which the original had, because a file that
 * is rebuilt byte for byte may only say what the ledger says (`labctl status` shows free space).
 */
export function renderLabIndex(lab: LabView): string {
  const head = {
    schema_version: 1,
    generated_at: lab.updated_at,
    data_root: ".",
    alerts: labAlerts(lab),
    counts_by_phase: countsByPhase(lab),
    dispatch: { counts_by_stage: {}, packages: [] },
    ledger: {
      bytes: lab.ledger_bytes,
      crc32: lab.ledger_crc32,
      damaged_lines: lab.ledger_damaged_lines,
    },
  };
  const rows = lab.experiments.map((row) => `    ${JSON.stringify(indexRow(row))}`);
  const open = JSON.stringify(head, null, 2).slice(0, -"\n}".length);
  const experiments = rows.length === 0 ? "[]" : `[\n${rows.join(",\n")}\n  ]`;
  return `${open},\n  "experiments": ${experiments}\n}\n`;
}

/** Reads a LAB-INDEX.json of ours; null when anything is off: rebuild it from the ledger then. */
export function parseLabIndex(content: string): LabView | null {
  const file = parseJson(content);
  if (!v.is(labIndex, file)) return null;
  if (!isSortedById(file.experiments)) return null;
  return {
    experiments: file.experiments,
    updated_at: file.generated_at,
    ledger_bytes: file.ledger.bytes,
    ledger_crc32: file.ledger.crc32,
    ledger_damaged_lines: file.ledger.damaged_lines,
  };
}

function pick<T extends object, K extends string & keyof T>(
  value: T,
  keys: readonly K[],
): Pick<T, K>;
function pick(value: object, keys: readonly string[]): object {
  const entries = keys.map((key): [string, unknown] => [key, Reflect.get(value, key)]);
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}

function countsByPhase(lab: LabView): object {
  const counts = PHASES.map((phase) => {
    const rows = lab.experiments.filter((row) => row.phase === phase);
    return [phase, rows.length] as const;
  });
  return Object.fromEntries(counts.filter(([, rows]) => rows > 0));
}

function isSortedById(rows: readonly IndexRow[]): boolean {
  return rows.every((row, index) => {
    const previous = rows[index - 1];
    return previous === undefined || previous.id < row.id;
  });
}
