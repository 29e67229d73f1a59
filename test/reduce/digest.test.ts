import { expect, test } from "bun:test";
import { renderDigest } from "../../src/reduce/digest.ts";
import { freshView, sampleLab, sampleView } from "./samples.ts";

test("renderDigest() shows headlines by priority, details, decisions and health", () => {
  const lab = sampleLab(
    freshView({ id: "a" }),
    sampleView({ id: "b", phase: "paused", blocked_reason: "Disk is full", priority: "urgent" }),
    sampleView({ id: "c", failure_streak: 3 }),
  );
  const text = renderDigest({
    lab,
    summaries: new Map([["b", "runs=2"]]),
    date: "2026-01-02",
    generated_at: "2026-01-02T09:00:00.000Z",
    free_gb: 12.3,
    alerts: ["low disk\nspace"],
  });
  expect(text).toBe(
    `# Hermes Lab - 2026-01-02
Generated: 2026-01-02T09:00:00.000Z

## Headlines
- \`b\` - paused - runs=2 - tier=proxy, best=0.5
- \`a\` - queued - runs=0 - tier=proxy, no runs yet
- \`c\` - active - runs=2 - tier=proxy, best=0.5

## Details
- \`a\`: Raise the score
- \`b\`: runs=2
- \`c\`: Raise the score

## Decisions Needed
- \`b\`: paused - Disk is full
- \`c\`: active - Needs review

## Lab Health
- Free space: 12.30 GB
- Alert: \`c\` has failure streak 3
- Alert: low disk space
`,
  );
});

test("renderDigest() of an empty lab says so", () => {
  const text = renderDigest({
    lab: sampleLab(),
    summaries: new Map(),
    date: "2026-01-02",
    generated_at: "2026-01-02T09:00:00.000Z",
    free_gb: null,
    alerts: [],
  });
  expect(text).toBe(
    `# Hermes Lab - 2026-01-02
Generated: 2026-01-02T09:00:00.000Z

## Headlines
- No experiments are registered yet.

## Details
- None

## Decisions Needed
- None

## Lab Health
- Free space: unknown
- Alerts: none
`,
  );
});
