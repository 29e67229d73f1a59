import { expect, test } from "bun:test";
import { renderPlan, type PlanInput } from "../../src/reduce/plan.ts";
import { freshView, sampleSpec, sampleView } from "./samples.ts";

const INPUT: PlanInput = {
  spec: sampleSpec(),
  view: sampleView({ baton: "Fix the import in train.py.\nThen run it twice." }),
  run: { id: "RUN-3", iteration: 3, role: "scout", tier: "proxy", mode: "burst" },
  params: { lr: 0.1 },
  strategy: "random",
  timestamp: "2026-01-02T05:00:00.000Z",
};

test("renderPlan() says what the run is about to do", () => {
  expect(renderPlan(INPUT)).toBe(
    `# Plan - tune

Timestamp: 2026-01-02T05:00:00.000Z
Run: RUN-3
Iteration: 3
Mode: burst
Role: scout
Goal: Raise the score
Metric: score
Metric direction: maximize
Fidelity tier: proxy
Executor class: default
Time budget (minutes): 2.5
Workspace root: /srv/project

## Params
Strategy: random
{"lr":0.1}

## Mutable Surfaces
- \`config.json\`

## Read-only Surfaces
- \`README.md\`

## Validation Command
\`python3 train.py\`

## Acceptance Rule
Keep the run if the primary metric improves

## Promotion Strategy
patch-only

## Workspace Mode
auto

## Expected Artifacts
- \`run.log\`

## Summary Snapshot
Runs so far: 2, measured 1
Latest: RUN-20260102-040000-000000-critic (failed, metric=none): The run failed and measured nothing: exit code 3
Best of tier: RUN-20260102-030405-000000-scout (success, metric=0.5): Measured score = 0.5 (maximize); the first value of tier proxy.

## Relay Baton
Fix the import in train.py.
`,
  );
});

test("renderPlan() quotes the best of the tier of the run, never of another", () => {
  const run = { ...INPUT.run, tier: "final" };
  expect(renderPlan({ ...INPUT, run })).toContain("\nBest of tier: none\n");
});

test("renderPlan() of a first run without params has no Params section", () => {
  const text = renderPlan({ ...INPUT, view: freshView(), params: null, strategy: null });
  expect(text).not.toContain("## Params");
  expect(text).toContain("\nLatest: none\n");
  expect(text).toEndWith("## Relay Baton\nBegin the first bounded iteration.\n");
});

test("renderPlan() stays small for a SPEC as the templates ship it", () => {
  const spec = sampleSpec({
    goal: "Improve a system under a fixed time budget",
    acceptance_rule:
      "Keep the run if the primary metric improves versus best-so-far and the complexity cost is justified",
    mutable_paths: ["target-file-or-workspace/"],
    read_only_paths: ["README.md", "docs/"],
    ingress_files: [
      "LAB-STATUS.md",
      "PROGRAM.md",
      "RUNBOOK.md",
      "SUMMARY.md",
      "NEXT.md",
      "SPEC.yaml",
    ],
    artifacts_expected: ["diff.patch", "run.log"],
  });
  expect(renderPlan({ ...INPUT, spec }).length).toBeLessThan(1229);
});
