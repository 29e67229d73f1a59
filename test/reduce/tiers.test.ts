import { expect, test } from "bun:test";
import { bestRun, bestRuns, entry } from "../../src/reduce/tiers.ts";
import { sampleRun, sampleView } from "./samples.ts";

test("entry() sees own entries only", () => {
  expect(entry({ proxy: 1 }, "proxy")).toBe(1);
  expect(entry({ proxy: 1 }, "constructor")).toBeUndefined();
});

test("bestRuns() follows the order of the SPEC, then former tiers by name", () => {
  const tiers = ["zed", "final", "old", "proxy"];
  const best_by_tier = Object.fromEntries(tiers.map((tier) => [tier, sampleRun({ tier })]));
  const runs = bestRuns(sampleView({ best_by_tier }));
  expect(runs.map((run) => run.tier)).toEqual(["proxy", "final", "old", "zed"]);
});

test("bestRun() is the run that best_run names", () => {
  const proxy = sampleRun({ run_id: "RUN-1" });
  const final = sampleRun({ run_id: "RUN-2", tier: "final" });
  const best_by_tier = { proxy, final };
  expect(bestRun(sampleView({ best_run: "RUN-2", best_by_tier }))).toEqual(final);
  expect(bestRun(sampleView({ best_run: null, best_by_tier }))).toBeNull();
});
