import { snapshotLine } from "./digest.ts";
import { oneLine, toFile } from "./markdown.ts";
import type { LabView } from "./views.ts";

export interface WeeklyDigestInput {
  lab: LabView;
  /** ISO 8601 week. */
  year: number;
  week: number;
  /** Names of the daily digests of that week, in order: `2026-11-23.md`. */
  daily_files: readonly string[];
  generated_at: string;
}

/** `2026-W48`: the title of a weekly digest and, with `.md`, its file name. */
export function weekName(week: { year: number; week: number }): string {
  return `${week.year}-W${String(week.week).padStart(2, "0")}`;
}

/** digests/weekly/<year>-W<week>.md: the daily digests it stands on, and every experiment. */
export function renderWeeklyDigest(input: WeeklyDigestInput): string {
  const files = input.daily_files.map((name) => `- ${oneLine(name)}`);
  const experiments = input.lab.experiments.map(snapshotLine);
  return toFile([
    `# Hermes Lab Weekly Digest - ${weekName(input)}`,
    `Generated: ${oneLine(input.generated_at)}`,
    "",
    "## Daily Files Included",
    ...(files.length === 0 ? ["- No daily digests for this week yet."] : files),
    "",
    "## Current Experiment Snapshot",
    ...(experiments.length === 0 ? ["- None"] : experiments),
  ]);
}
