import type { Phase } from "../domain/types.ts";
import { labAlerts } from "./alerts.ts";
import { headline } from "./headline.ts";
import { clip, code, firstContentLine, oneLine, section, toFile } from "./markdown.ts";
import type { IndexRow, LabView } from "./views.ts";

const NEXT_ACTIONS_SHOWN = 5;

/**
 * LAB-STATUS.md: every experiment by phase, what comes next, what needs a person. It is rebuilt
 * byte for byte, so it says nothing that the ledger does not: no clock, free space or absolute path.
 */
export function renderLabStatus(lab: LabView): string {
  return toFile([
    "# Hermes Lab Status",
    `Updated: ${oneLine(lab.updated_at) || "never"}`,
    "Data root: .",
    "",
    ...phaseSection(lab, "active", "Active"),
    ...phaseSection(lab, "queued", "Queued"),
    ...phaseSection(lab, "awaiting-human", "Awaiting Human"),
    ...phaseSection(lab, "paused", "Paused"),
    ...phaseSection(lab, "completed", "Completed"),
    ...(lab.experiments.length === 0 ? [EMPTY, ""] : []),
    ...section("Next Actions", orNone(nextActions(lab))),
    ...section("Alerts", orNone(labAlerts(lab).map((alert) => `- ${alert}`))),
    ...section("Dispatch", orNone(lab.experiments.flatMap(dispatched))),
    ...section("Health", [
      "- Free space: see `labctl status`",
      "- Event ledger: registry/events.jsonl",
    ]),
  ]);
}

const EMPTY = "No experiments yet. Create one with `labctl create <spec.yaml>`.";

function inPhase(lab: LabView, phase: Phase): IndexRow[] {
  return lab.experiments.filter((row) => row.phase === phase);
}

function phaseSection(lab: LabView, phase: Phase, title: string): string[] {
  const rows = inPhase(lab, phase);
  return section(`${title} (${rows.length})`, rows.map(experimentLine));
}

function experimentLine(row: IndexRow): string {
  const facts = [
    `- ${code(row.id)}`,
    `runs=${row.run_count}`,
    `class=${oneLine(row.executor_class)}`,
    headline(row),
    clip(row.goal, 200),
  ];
  return facts.join(" - ").trimEnd();
}

function nextActions(lab: LabView): string[] {
  const rows = [
    ...inPhase(lab, "active"),
    ...inPhase(lab, "queued"),
    ...inPhase(lab, "awaiting-human"),
  ];
  const lines = rows.slice(0, NEXT_ACTIONS_SHOWN).map((row) => {
    const action = clip(firstContentLine(row.baton, "Review the baton."), 120);
    return `- ${code(row.id)}: ${action}`;
  });
  const more = rows.length - lines.length;
  return more > 0 ? [...lines, `- ... and ${more} more in their NEXT.md`] : lines;
}

function dispatched(row: IndexRow): string[] {
  if (row.current_dispatch === null) return [];
  const facts = [
    `- ${code(row.current_dispatch)}`,
    `exp=${oneLine(row.id)}`,
    `class=${oneLine(row.executor_class)}`,
    `tier=${oneLine(row.current_fidelity_tier)}`,
  ];
  return [facts.join(" - ")];
}

function orNone(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ["- None"] : lines;
}
