import { expect, test } from "bun:test";
import { renderBest } from "../../src/reduce/best.ts";
import { freshView, sampleRun, sampleView } from "./samples.ts";

test("renderBest() shows the best run and the best of each tier with its params", () => {
  const final = sampleRun({
    run_id: "RUN-2",
    tier: "final",
    value: -3,
    params: null,
    strategy: null,
  });
  const view = sampleView({ best_by_tier: { final, proxy: sampleRun() } });
  expect(renderBest(view)).toBe(
    `# Best Result - tune

Updated: 2026-01-02T04:00:01.000Z

Run: RUN-20260102-030405-000000-scout
Role: scout
Fidelity tier: proxy
Outcome: success
Metric value: 0.5
Strategy: random
Params: {"lr":0.01}

Measured score = 0.5 (maximize); the first value of tier proxy.

## Best By Tier
- \`proxy\`: 0.5 - RUN-20260102-030405-000000-scout - strategy=random - params={"lr":0.01}
- \`final\`: -3 - RUN-2
`,
  );
});

test("renderBest() never makes a best out of a run without a value", () => {
  expect(renderBest(freshView({ recent_runs: sampleView().recent_runs }))).toBe(
    `# Best Result - tune

Updated: 2026-01-02T04:00:01.000Z

No results yet.
`,
  );
});
