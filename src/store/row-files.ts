import type { LabEvent } from "../domain/events.ts";
import { isOpen, renderCostsRow } from "../reduce/costs.ts";
import { renderMetricsRow } from "../reduce/metrics-row.ts";
import type { ExperimentView } from "../reduce/views.ts";
import { removeIfThere, replaceFile, writeAt } from "./durable.ts";
import type { ExperimentLayout } from "./layout.ts";

/** Derived files of an experiment that grow by rows: name.jsonl, with its length in the view. */
const ROW_FILES = ["metrics", "costs"] as const;
type RowFile = (typeof ROW_FILES)[number];

/** Rows not yet on disk. */
export interface PendingRows {
  /** Byte position of the first of them. */
  position: number;
  text: string;
}

export type PendingFiles = Partial<Record<RowFile, PendingRows>>;

/** All files empty: what is on disk is replaced. */
export function freshFiles(): PendingFiles {
  return { metrics: { position: 0, text: "" }, costs: { position: 0, text: "" } };
}

/** Adds the row of an event that was folded into `view` and makes one, and counts its bytes. */
export function addRow(pending: PendingFiles, view: ExperimentView, event: LabEvent): void {
  const row = rowOf(view, event);
  if (row === null) return;
  const { file, text } = row;
  const waiting = pending[file];
  if (waiting === undefined) pending[file] = { position: view[`${file}_bytes`], text };
  else waiting.text += text;
  view[`${file}_bytes`] += Buffer.byteLength(text);
}

function rowOf(view: ExperimentView, event: LabEvent): { file: RowFile; text: string } | null {
  switch (event.type) {
    case "run_sealed":
      return { file: "metrics", text: renderMetricsRow(event) };
    case "cost_reserved":
      return { file: "costs", text: renderCostsRow(event, isOpen(view, event.call)) };
    case "cost_settled":
      return { file: "costs", text: renderCostsRow(event, true) };
    default:
      return null;
  }
}

/**
 * Writes rows at their exact position: writing them twice changes nothing. Returns the path of a
 * file that lacks rows before these (damaged, or replaced by a slower rebuild), else null.
 */
export function writeRows(paths: ExperimentLayout, pending: PendingFiles): string | null {
  for (const file of ROW_FILES) {
    const rows = pending[file];
    if (rows === undefined) continue;
    const path = paths[file];
    // Most experiments ask no model: they have a metrics.jsonl, and no costs.jsonl.
    if (rows.position === 0 && rows.text === "" && file === "costs") removeIfThere(path);
    else if (rows.position === 0) replaceFile(path, rows.text);
    else if (!writeAt(path, rows.position, rows.text)) return path;
  }
  return null;
}
