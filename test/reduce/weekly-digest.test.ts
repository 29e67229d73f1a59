import { expect, test } from "bun:test";
import { renderWeeklyDigest } from "../../src/reduce/weekly-digest.ts";
import { sampleLab, sampleView } from "./samples.ts";

const GENERATED = "2026-01-02T09:00:00.000Z";

test("renderWeeklyDigest() names the daily digests and every experiment", () => {
  const text = renderWeeklyDigest({
    lab: sampleLab(sampleView()),
    year: 2026,
    week: 1,
    daily_files: ["2026-01-01.md", "2026-01-02.md"],
    generated_at: GENERATED,
  });
  expect(text).toBe(
    `# Hermes Lab Weekly Digest - 2026-W01
Generated: ${GENERATED}

## Daily Files Included
- 2026-01-01.md
- 2026-01-02.md

## Current Experiment Snapshot
- \`tune\` - active - runs=2 - tier=proxy, best=0.5
`,
  );
});

test("renderWeeklyDigest() says when there is nothing to include", () => {
  const input = {
    lab: sampleLab(),
    year: 2026,
    week: 48,
    daily_files: [],
    generated_at: GENERATED,
  };
  expect(renderWeeklyDigest(input)).toContain("- No daily digests for this week yet.\n");
});
