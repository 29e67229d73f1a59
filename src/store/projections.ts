import { mkdirSync } from "node:fs";
import type { Spec } from "../domain/spec/spec.ts";
import { specForTier } from "../domain/spec/tiers.ts";
import { approvalId, renderApprovalJson, renderApprovalMarkdown } from "../reduce/approval.ts";
import { renderBest } from "../reduce/best.ts";
import { renderBlackboard } from "../reduce/blackboard.ts";
import { renderContext } from "../reduce/context.ts";
import { renderLabIndex } from "../reduce/lab-index.ts";
import { renderLabStatus } from "../reduce/lab-status.ts";
import { renderLessons } from "../reduce/lessons.ts";
import { hasMemo, renderMemo } from "../reduce/memo.ts";
import { parseMetricsRows } from "../reduce/metrics-row.ts";
import { renderNext } from "../reduce/next.ts";
import { renderRunbook } from "../reduce/runbook.ts";
import { renderStatusJson } from "../reduce/status-json.ts";
import { renderSummary } from "../reduce/summary.ts";
import type { ExperimentView, LabView } from "../reduce/views.ts";
import { ensureFolder, removeIfThere, replaceFile, replaceIfChanged } from "./durable.ts";
import { experimentLayout, type Layout } from "./layout.ts";
import { readText } from "./read-text.ts";
import { type PendingFiles, writeRows } from "./row-files.ts";

/** Every derived file of an experiment, by path. */
export function experimentFiles(
  layout: Layout,
  spec: Spec,
  view: ExperimentView,
): { path: string; content: string }[] {
  const paths = experimentLayout(layout, view.id);
  return [
    {
      path: paths.runbook,
      content: renderRunbook(specForTier(spec, view.current_fidelity_tier), view),
    },
    { path: paths.summary, content: renderSummary(spec, view) },
    { path: paths.next, content: renderNext(view) },
    { path: paths.context, content: renderContext(view) },
    { path: paths.best, content: renderBest(view) },
    { path: paths.blackboard, content: renderBlackboard(view) },
    { path: paths.lessons, content: renderLessons(view) },
    ...filesOfNow(layout, spec, view),
    { path: paths.latestRun, content: `${view.last_run ?? ""}\n` },
    { path: paths.bestRun, content: `${view.best_run ?? ""}\n` },
    { path: paths.status, content: renderStatusJson(view) },
  ];
}

/** Those that an experiment has in some states only. */
function filesOfNow(
  layout: Layout,
  spec: Spec,
  view: ExperimentView,
): { path: string; content: string }[] {
  const paths = experimentLayout(layout, view.id);
  const files: { path: string; content: string }[] = [];
  if (hasMemo(spec, view)) {
    const { rows } = parseMetricsRows(readText(paths.metrics) ?? "");
    files.push({ path: paths.memo, content: renderMemo(spec, view, rows) });
  }
  const id = approvalId(view);
  if (id !== null) {
    files.push(
      { path: paths.approvalJson, content: renderApprovalJson(view, id) },
      { path: paths.approvalMarkdown, content: renderApprovalMarkdown(view, id) },
    );
  }
  return files;
}

/**
 * Writes what is derived of one experiment. Nothing is synced: all of it can be rebuilt. Rows go
 * first and STATUS.json last, so that a STATUS.json never claims rows that are not there. Returns
 * the path of a file that lacks rows before these, else null.
 */
export function writeExperiment(
  layout: Layout,
  spec: Spec,
  view: ExperimentView,
  rows: PendingFiles,
): string | null {
  const paths = experimentLayout(layout, view.id);
  mkdirSync(paths.checkpoints, { recursive: true });
  const short = writeRows(paths, rows);
  if (short !== null) return short;
  if (approvalId(view) !== null) ensureFolder(layout.approvals);
  const files = experimentFiles(layout, spec, view);
  for (const { path, content } of files) replaceIfChanged(path, content);
  for (const path of [paths.memo, paths.approvalJson, paths.approvalMarkdown]) {
    if (!files.some((file) => file.path === path)) removeIfThere(path);
  }
  return null;
}

/** The derived files of the lab as a whole, by path. */
export function labFiles(layout: Layout, lab: LabView): { path: string; content: string }[] {
  return [
    { path: layout.labStatus, content: renderLabStatus(lab) },
    { path: layout.labIndex, content: renderLabIndex(lab) },
  ];
}

/** Writes LAB-STATUS.md, then LAB-INDEX.json, whose position in the ledger later reads start from. */
export function writeLab(layout: Layout, lab: LabView): void {
  for (const { path, content } of labFiles(layout, lab)) replaceFile(path, content);
}
