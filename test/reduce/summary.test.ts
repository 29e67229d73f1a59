import { expect, test } from "bun:test";
import { renderSummary, summaryLine } from "../../src/reduce/summary.ts";
import { freshView, sampleSpec, sampleView } from "./samples.ts";

test("renderSummary() shows counts, latest run, best, best by tier and what blocks", () => {
  const view = sampleView({
    phase: "paused",
    blocked_reason: "## waiting for disk",
    interrupted_count: 2,
  });
  expect(renderSummary(sampleSpec(), view)).toBe(
    `# tune

Goal: Raise the score
Metric: score
Metric direction: maximize
Phase: paused
Priority: normal
Current fidelity tier: proxy
Executor class: default
Run count: 2
Measured: 1
Outcomes: success=1, failed=1, interrupted=2
Failure streak: 1
Models: $0.3100 and 5200 tokens in 3 calls ($0.0100 reported, $0.2500 assumed, $0.0500 reserved)

## Latest Run
Run: RUN-20260102-040000-000000-critic
Role: critic
Fidelity tier: proxy
Outcome: failed
Metric value: none
The run failed and measured nothing: exit code 3

## Best So Far
Run: RUN-20260102-030405-000000-scout
Fidelity tier: proxy
Metric value: 0.5
Measured score = 0.5 (maximize); the first value of tier proxy.

## Best By Tier
- \`proxy\`: 0.5

## Stops
- max_iterations_total: 2 of 20 runs
- max_failures: 1 of 4 failed runs

## Failures
- 1 x failed: exit code # (last RUN-20260102-040000-000000-critic)

## Blocked
\\## waiting for disk
`,
  );
});

test("renderSummary() of a fresh experiment says that there are no runs", () => {
  const text = renderSummary(sampleSpec(), freshView());
  expect(text).toContain("Outcomes: none\n");
  expect(text).toContain("\n\nNo runs yet.\n\n## Stops\n");
});

test("summaryLine() says where the experiment stands in one line", () => {
  expect(summaryLine(sampleView())).toBe(
    "runs=2, measured=1; best score 0.5 (tier proxy, maximize); last failed: The run failed and measured nothing: exit code 3",
  );
  expect(summaryLine(freshView())).toBe("runs=0, measured=0; no score yet");
});
