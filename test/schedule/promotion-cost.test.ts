import { expect, test } from "bun:test";
import { promotionProvenance, PROMOTED } from "../../src/domain/promoted.ts";
import { spaceFromValue } from "../../src/domain/space/parse-space.ts";
import type { PromotionConfig } from "../../src/domain/spec/promotion.ts";
import type { Params } from "../../src/domain/types.ts";
import { createTierPlan, type PlannedRun } from "../../src/schedule/tier-plan.ts";
import { randomStream } from "../../src/search/random-stream.ts";
import { strategyNamed } from "../../src/search/registry.ts";
import { specWith } from "../run/request.ts";

const SPACE = spaceFromValue(
  {
    rate: { low: 1e-4, high: 1, log: true },
    width: { type: "int", low: 8, high: 256, log: true },
    decay: { low: 1e-6, high: 1e-1, log: true },
  },
  "test",
);
const EPOCHS: Record<string, number> = { proxy: 1, middle: 6, full: 36 };
const RUNS = 27;

/**
 * A loss as training leaves it: a floor that depends on all three, and an excess that fades with the
 * epochs, faster at larger rates; what a run happens to get is noisy, the more the shorter it is.
 */
function lossOf(params: Params, tier: string, seed: number): number {
  const [rate, width, decay] = ["rate", "width", "decay"].map((name) =>
    Math.log10(Number(params[name])),
  );
  if (rate === undefined || width === undefined || decay === undefined) throw new Error("params");
  const epochs = EPOCHS[tier] ?? 0;
  const floor = 0.1 * (rate + 1.6) ** 2 + 0.04 * (width - 2) ** 2 + 0.02 * (decay + 4) ** 2;
  const excess = Math.exp((-epochs * 10 ** rate) / 0.3);
  const noise = randomStream(seed, Math.round(1e6 * rate) >>> 0, tier).uniform() - 0.5;
  return floor + 0.1 * excess + (0.02 * noise) / Math.sqrt(epochs);
}

/** The best loss on the dearest tier and the epochs spent, searching with this seed. */
function search(
  seed: number,
  tiers: string[],
  promote: PromotionConfig,
): { best: number; epochs: number } {
  const spec = specWith({
    metric_direction: "minimize",
    fidelity_tiers: tiers,
    promote,
    overrides: { [tiers[0] ?? ""]: { max_runs: RUNS } },
  });
  const plan = createTierPlan(spec, tiers[0] ?? "", []);
  const runs: PlannedRun[] = [];
  for (let iteration = 1; ; iteration++) {
    const due = plan.promotion([]);
    if (due === null && !plan.mayPropose([])) break;
    const tier = due?.tier ?? tiers[0] ?? "";
    const index = plan.placeOf(iteration, []) - 1;
    const request = { space: SPACE, history: [], running: [], budget: RUNS, seed, index };
    const params = due?.origin.params ?? strategyNamed("random").propose(request).params;
    const run: PlannedRun = {
      run_id: `RUN-${iteration}`,
      iteration,
      tier,
      mode: "burst",
      outcome: "success",
      value: lossOf(params, tier, seed),
      params,
      strategy: due === null ? "random" : PROMOTED,
      provenance: due === null ? {} : promotionProvenance(due.origin),
    };
    runs.push(run);
    plan.learn(run);
  }
  const dearest = runs.filter(({ tier }) => tier === tiers.at(-1));
  return {
    best: Math.min(...dearest.flatMap(({ value }) => value ?? [])),
    epochs: runs.reduce((sum, { tier }) => sum + (EPOCHS[tier] ?? 0), 0),
  };
}

/** How often the best of the dear tier is found, and the share of the epochs spent, over ten seeds. */
function compared(promote: PromotionConfig): { same: number; shares: number[] } {
  const shares: number[] = [];
  let same = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const all = search(seed, ["full"], promote);
    const promoted = search(seed, ["proxy", "middle", "full"], promote);
    expect(all.epochs).toBe(RUNS * 36);
    if (promoted.best === all.best) same += 1;
    shares.push(promoted.epochs / all.epochs);
  }
  return { same, shares };
}

// scripts/bench/promotion.ts measures the same on the shipped classifier.
test("27 settings on a cheap tier with asha find the best of the dear one, at a third of the cost", () => {
  const { same, shares } = compared({ rule: "asha", eta: 3, k: [1], successes: 1 });
  expect(same).toBe(10);
  // Whoever is promoted early may be overtaken: single searches cost more, all together they do not.
  expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeLessThan(1 / 3);
});

test("with top-k each search keeps to that cost", () => {
  const { same, shares } = compared({ rule: "top-k", eta: 3, k: [9, 3], successes: 1 });
  expect(same).toBeGreaterThanOrEqual(9);
  for (const share of shares) expect(share).toBeLessThan(1 / 5);
});
