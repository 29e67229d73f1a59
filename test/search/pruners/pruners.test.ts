import { describe, expect, test } from "bun:test";
import { parsePruner } from "../../../src/domain/pruner-config.ts";
import { bracketOf } from "../../../src/search/pruners/hyperband.ts";
import type { PruneRequest, Report } from "../../../src/search/pruners/pruner.ts";
import { pruneReason } from "../../../src/search/pruners/pruners.ts";
import { signedRankP } from "../../../src/search/pruners/wilcoxon.ts";

function curve(...losses: number[]): Report[] {
  return losses.map((loss, index) => ({ step: index + 1, loss }));
}

function decide(rule: string, options: object, request: Partial<PruneRequest>): string | null {
  const config = parsePruner({ rule, ...options });
  if (typeof config === "string") throw new Error(config);
  return pruneReason(config, "minimize", {
    own: [],
    others: [],
    best: null,
    iteration: 1,
    ...request,
  });
}

describe("asha", () => {
  const others = [curve(1, 1, 1), curve(2, 2, 2), curve(3, 3, 3), curve(4, 4, 4), curve(5, 5, 5)];

  test("keeps the best 1/eta at a rung and stops the rest", () => {
    expect(decide("asha", { eta: 3 }, { own: curve(1.5), others })).toBeNull();
    expect(decide("asha", { eta: 3 }, { own: curve(2.5), others })).toContain("step 1");
  });

  test("decides at rungs only: min_step * eta^k", () => {
    expect(decide("asha", { eta: 3 }, { own: curve(0, 9), others })).toBeNull();
    expect(decide("asha", { eta: 3 }, { own: curve(0, 0, 9), others })).toContain("step 3");
    expect(decide("asha", { eta: 3, min_step: 2 }, { own: curve(9), others })).toBeNull();
  });

  test("decides at a rung that was jumped over", () => {
    const own = [
      { step: 1, loss: 0 },
      { step: 5, loss: 9 },
    ];
    expect(decide("asha", { eta: 3 }, { own, others })).toContain("step 3");
  });

  test("never stops the only run, nor equals of the best", () => {
    expect(decide("asha", {}, { own: curve(7) })).toBeNull();
    expect(decide("asha", {}, { own: curve(7), others: [curve(7), curve(7)] })).toBeNull();
  });
});

describe("hyperband", () => {
  test("gives each bracket its share of a round and no more", () => {
    const brackets = Array.from({ length: 13 }, (_, index) => bracketOf(index + 1, 3, 3));
    expect(brackets).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2]);
  });

  test("starts later in later brackets", () => {
    const others = [curve(1, 1, 1), curve(1, 1, 1), curve(1, 1, 1)];
    const request = { own: curve(9), others };
    const options = { eta: 3, max_step: 9 };
    expect(decide("hyperband", options, { ...request, iteration: 1 })).toContain("step 1");
    expect(decide("hyperband", options, { ...request, iteration: 10 })).toBeNull();
  });
});

describe("median and percentile", () => {
  const others = [1, 2, 3, 4, 5].map((loss) => curve(loss, loss));

  test("compare the best so far with the others at the same step", () => {
    expect(decide("median", {}, { own: curve(3.5, 3.5), others })).toContain("median");
    expect(decide("median", {}, { own: curve(2.5, 9), others })).toBeNull();
    expect(decide("percentile", { percentile: 25 }, { own: curve(2.5), others })).not.toBeNull();
  });

  test("wait for min_runs runs that got as far", () => {
    expect(decide("median", { min_runs: 6 }, { own: curve(99), others })).toBeNull();
    expect(decide("median", {}, { own: curve(99, 99, 99), others })).toBeNull();
  });
});

test("patience stops a run that has not improved on itself", () => {
  expect(decide("patience", { patience: 3 }, { own: curve(5, 4, 4, 4) })).toBeNull();
  expect(decide("patience", { patience: 3 }, { own: curve(5, 4, 4, 4, 4) })).toContain("step 2");
  const creeping = curve(5, 4.9, 4.8, 4.7);
  expect(decide("patience", { patience: 3, min_delta: 1 }, { own: creeping })).toContain("step 1");
});

test("threshold reads its limit in the direction of the SPEC", () => {
  const config = parsePruner({ rule: "threshold", worst: 0.5 });
  if (typeof config === "string") throw new Error(config);
  const request = { others: [], best: null, iteration: 1 };
  const asLoss = (value: number): Report[] => [{ step: 1, loss: -value }];
  expect(pruneReason(config, "maximize", { ...request, own: asLoss(0.4) })).toContain("threshold");
  expect(pruneReason(config, "maximize", { ...request, own: asLoss(0.6) })).toBeNull();
});

describe("wilcoxon", () => {
  const best = curve(1, 1, 1, 1, 1, 1, 1, 1);

  test("stops what is worse than the best pair by pair, and waits for enough pairs", () => {
    expect(decide("wilcoxon", {}, { own: curve(2, 2, 2, 2, 2), best })).toBeNull();
    expect(decide("wilcoxon", {}, { own: curve(2, 3, 2, 4, 2, 3), best })).toContain("6 pairs");
    expect(decide("wilcoxon", {}, { own: curve(2, 0, 2, 0, 2, 0, 2), best })).toBeNull();
  });

  // scipy.stats.wilcoxon(d, alternative="greater", correction=True, method="approx")
  test.each([
    [[1, 2, 3, 4, 5, 6], 0.018015843109],
    [[1, -2, 3, -4, 5, 6, 7], 0.102446949082],
    [[1, 1, 2, -1, 3, 3], 0.044492076923],
  ])("p-value of %j equals scipy's", (differences, p) => {
    expect(Math.abs(signedRankP(differences) - p)).toBeLessThan(1e-6);
  });
});

describe("parsePruner()", () => {
  test("names what is wrong and what is allowed", () => {
    expect(parsePruner("ahsa")).toContain("did you mean asha?");
    expect(parsePruner({ rule: "asha", eta: 1 })).toContain("eta: expected a number above 1");
    expect(parsePruner({ rule: "asha", etaa: 2 })).toContain("unknown option etaa");
    expect(parsePruner({ rule: "threshold" })).toContain("worst");
    expect(parsePruner([1])).toContain("expected a rule");
  });
});
