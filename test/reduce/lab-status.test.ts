import { expect, test } from "bun:test";
import { renderLabStatus } from "../../src/reduce/lab-status.ts";
import { freshView, sampleLab, sampleView } from "./samples.ts";

test("renderLabStatus() lists experiments by phase, the first line of each baton, and alerts", () => {
  const lab = sampleLab(
    freshView({ id: "a" }),
    sampleView({ id: "b", baton: "# Plan\n\nTry a smaller lr.\nThen a larger one." }),
    sampleView({ id: "c", phase: "awaiting-human", failure_streak: 3, blocked_reason: "Review" }),
    sampleView({ id: "d", phase: "paused", current_dispatch: "DISPATCH-1" }),
    sampleView({ id: "e", phase: "completed" }),
  );
  expect(renderLabStatus(lab)).toBe(
    `# Hermes Lab Status
Updated: 2026-01-02T04:00:01.000Z
Data root: .

## Active (1)
- \`b\` - runs=2 - class=default - tier=proxy, best=0.5 - Raise the score

## Queued (1)
- \`a\` - runs=0 - class=default - tier=proxy, no runs yet - Raise the score

## Awaiting Human (1)
- \`c\` - runs=2 - class=default - tier=proxy, best=0.5 - Raise the score

## Paused (1)
- \`d\` - runs=2 - class=default - tier=proxy, best=0.5 - Raise the score

## Completed (1)
- \`e\` - runs=2 - class=default - tier=proxy, best=0.5 - Raise the score

## Next Actions
- \`b\`: Try a smaller lr.
- \`a\`: Review the baton.
- \`c\`: Fix the import in train.py.

## Alerts
- \`c\` has failure streak 3
- \`c\` is awaiting a human: Review

## Dispatch
- \`DISPATCH-1\` - exp=d - class=default - tier=proxy

## Health
- Free space: see \`labctl status\`
- Event ledger: registry/events.jsonl
`,
  );
});

test("renderLabStatus() of an empty lab says how to begin", () => {
  expect(renderLabStatus(sampleLab())).toBe(
    `# Hermes Lab Status
Updated: never
Data root: .

No experiments yet. Create one with \`labctl create <spec.yaml>\`.

## Next Actions
- None

## Alerts
- None

## Dispatch
- None

## Health
- Free space: see \`labctl status\`
- Event ledger: registry/events.jsonl
`,
  );
});

test("renderLabStatus() shows five next actions and counts the rest", () => {
  const views = Array.from({ length: 7 }, (_, index) => sampleView({ id: `e${index}` }));
  expect(renderLabStatus(sampleLab(...views))).toContain(
    "- `e4`: Fix the import in train.py.\n- ... and 2 more in their NEXT.md\n\n",
  );
});
