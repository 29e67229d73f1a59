import { expect, test } from "bun:test";
import { renderBlackboard } from "../../src/reduce/blackboard.ts";
import { freshView, sampleView } from "./samples.ts";

test("blackboard.md shows arms, discoveries newest first, and claims with their expiry", () => {
  const [first] = sampleView().discoveries;
  if (first === undefined) throw new Error("the sample has a discovery");
  const second = { ...first, run_id: "RUN-2", iteration: 2, strategy: "gp", value: 0.75 };
  const asked = {
    iteration: 4,
    tier: "proxy",
    params: { lr: 0.1 },
    strategy: "gp",
    provenance: {},
    seed: 1,
    asked_at: "2026-01-02T05:00:00.000Z",
    expires_at: "2026-01-03T05:00:00.000Z",
    expired: false,
  };
  const view = sampleView({
    discoveries: [first, { ...second, previous: 0.5 }],
    running: [
      {
        run_id: "RUN-3",
        iteration: 3,
        role: "scout",
        tier: "proxy",
        lease_id: "LEASE-1",
        started_at: "2026-01-02T05:00:00.000Z",
        expires_at: "2026-01-02T05:10:00.000Z",
      },
    ],
    asked: [asked, { ...asked, iteration: 5, expired: true }],
  });
  expect(renderBlackboard(view)).toBe(`# Blackboard - tune

Updated: 2026-01-02T04:00:01.000Z
Metric: score (maximize)

## Arms
- \`random\`: trials=2, measured=1, new bests=1, time=2.0 s; best 0.5 (tier proxy, ${first.run_id})

## Discoveries
- ${first.completed_at}: 0.75 by \`gp\` (was 0.5; iteration 2, tier proxy, RUN-2)
- ${first.completed_at}: 0.5 by \`random\` (the first value; iteration 1, tier proxy, ${first.run_id})

## Claims
- iteration 3: running as RUN-3 since 2026-01-02T05:00:00.000Z, until 2026-01-02T05:10:00.000Z at the latest
- iteration 4: asked until 2026-01-03T05:00:00.000Z: \`gp\` {"lr":0.1}
`);
});

test("blackboard.md of an experiment without trials says so", () => {
  expect(renderBlackboard(freshView())).toContain("\nNo trials yet.\n");
});
