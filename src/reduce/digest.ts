import { PRIORITIES } from "../domain/types.ts";
import { labAlerts } from "./alerts.ts";
import { headline } from "./headline.ts";
import { clip, code, oneLine, section, toFile } from "./markdown.ts";
import type { IndexRow, LabView } from "./views.ts";

export interface DigestInput {
  lab: LabView;
  /** `summaryLine` of each experiment by id; one without an entry shows its goal. */
  summaries: ReadonlyMap<string, string>;
  /** The day it is about, `2026-11-23`. */
  date: string;
  generated_at: string;
  /** null when it could not be read. */
  free_gb: number | null;
  /** Alerts about the machine and the files, beside those that the lab itself gives rise to. */
  alerts: readonly string[];
  /** The day of each experiment that asks for `daily_digest`. */
  days?: readonly { id: string; lines: readonly string[] }[];
}

/** digests/daily/<date>.md: headlines by priority, a line an experiment, decisions needed, health. */
export function renderDigest(input: DigestInput): string {
  const { lab } = input;
  const alerts = [...labAlerts(lab), ...input.alerts.map(oneLine)];
  return toFile([
    `# Hermes Lab - ${oneLine(input.date)}`,
    `Generated: ${oneLine(input.generated_at)}`,
    "",
    "## Headlines",
    ...orElse(
      byPriority(lab).slice(0, 5).map(snapshotLine),
      "- No experiments are registered yet.",
    ),
    "",
    "## Details",
    ...orElse(
      lab.experiments.map((row) => detail(row, input.summaries)),
      "- None",
    ),
    "",
    ...(input.days ?? []).flatMap(({ id, lines }) => section(`Today: ${oneLine(id)}`, lines)),
    "## Decisions Needed",
    ...orElse(lab.experiments.filter(needsDecision).map(decision), "- None"),
    "",
    "## Lab Health",
    `- Free space: ${input.free_gb === null ? "unknown" : `${input.free_gb.toFixed(2)} GB`}`,
    ...orElse(
      alerts.map((alert) => `- Alert: ${alert}`),
      "- Alerts: none",
    ),
  ]);
}

/** An experiment as both digests list it. */
export function snapshotLine(row: IndexRow): string {
  return `- ${code(row.id)} - ${row.phase} - runs=${row.run_count} - ${headline(row)}`;
}

function byPriority(lab: LabView): IndexRow[] {
  return lab.experiments.toSorted(
    (left, right) => PRIORITIES.indexOf(left.priority) - PRIORITIES.indexOf(right.priority),
  );
}

function detail(row: IndexRow, summaries: ReadonlyMap<string, string>): string {
  return `- ${code(row.id)}: ${clip(summaries.get(row.id) ?? row.goal, 200)}`;
}

function needsDecision(row: IndexRow): boolean {
  return row.phase === "awaiting-human" || row.phase === "paused" || row.failure_streak >= 3;
}

function decision(row: IndexRow): string {
  const reason = clip(row.blocked_reason ?? "", 200) || "Needs review";
  return `- ${code(row.id)}: ${row.phase} - ${reason}`;
}

function orElse(lines: readonly string[], fallback: string): readonly string[] {
  return lines.length === 0 ? [fallback] : lines;
}
