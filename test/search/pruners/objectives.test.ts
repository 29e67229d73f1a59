import { describe, expect, test } from "bun:test";
import { parsePruner } from "../../../src/domain/pruner-config.ts";
import { countBetter, isAmongBest } from "../../../src/search/pruners/rank.ts";
import type { Report } from "../../../src/search/pruners/pruner.ts";
import { pruneReason } from "../../../src/search/pruners/pruners.ts";

/** Reports of two objectives at steps 1, 2, ... */
function curve(...points: [number, number][]): Report[] {
  return points.map((losses, index) => ({ step: index + 1, loss: losses[0], losses }));
}

function decide(
  rule: object,
  own: readonly Report[],
  others: readonly (readonly Report[])[],
): string | null {
  const config = parsePruner({ rule: "asha", ...rule });
  if (typeof config === "string") throw new Error(config);
  return pruneReason(config, "minimize", { own, others, best: null, iteration: 1 });
}

const FRONT = [curve([0, 9]), curve([3, 3]), curve([9, 0])];
const BEHIND = [curve([5, 9]), curve([9, 5]), curve([8, 8])];

describe("asha with several objectives", () => {
  test("keeps what is on the front though its primary metric is the worst", () => {
    expect(decide({ eta: 2 }, curve([9, 0]), [...FRONT.slice(0, 2), ...BEHIND])).toBeNull();
  });

  test("stops what others dominate though its primary metric is not bad", () => {
    expect(decide({ eta: 2 }, curve([4, 9]), [...FRONT, ...BEHIND])).toBe(
      "asha: at step 1 it was not among the best 3 of 7 by their fronts",
    );
  });

  test("of a front that does not fit keeps those that cover it", () => {
    const near = curve([0.1, 8.9]);
    expect(decide({ eta: 2 }, near, FRONT)).toContain("not among the best 2 of 4");
    expect(decide({ eta: 2 }, curve([9, 0]), [...FRONT.slice(0, 2), near])).toBeNull();
  });

  test("never stops the only run, nor an equal of one that is kept", () => {
    expect(decide({}, curve([7, 7]), [])).toBeNull();
    expect(decide({}, curve([7, 7]), [curve([7, 7]), curve([7, 7])])).toBeNull();
  });

  test("goes by the primary metric for a report that lacks an objective", () => {
    const own = [{ step: 1, loss: 4 }];
    expect(decide({ eta: 3 }, own, FRONT)).toContain("at step 1 it was not among the best 1 of 4");
    expect(decide({ eta: 3 }, [{ step: 1, loss: -1 }], FRONT)).toBeNull();
  });

  test("does not compare with runs that did not report all objectives", () => {
    const primary = [{ step: 1, loss: -100 }];
    expect(decide({ eta: 2 }, curve([4, 4]), [primary, primary])).toBeNull();
  });

  test("hyperband decides alike at its rungs", () => {
    const rule = { rule: "hyperband", eta: 2, max_step: 1 };
    expect(decide(rule, curve([8, 9]), [...FRONT, ...BEHIND])).toContain("by their fronts");
  });
});

describe("median and percentile with several objectives", () => {
  test("stop a run when more than their share is on better fronts at its step", () => {
    const median = { rule: "median", min_runs: 3 };
    expect(decide(median, curve([8.5, 8.5]), [...FRONT, ...BEHIND])).toBe(
      "median: at step 1 6 of 6 runs were on better fronts",
    );
    expect(decide(median, curve([4, 8]), [...FRONT, ...BEHIND])).toBeNull();
    const strict = { rule: "percentile", percentile: 25, min_runs: 3 };
    expect(decide(strict, curve([4, 8]), [...FRONT, ...BEHIND])).toContain(
      "percentile: at step 1 3 of 6",
    );
    expect(decide(strict, curve([1, 4]), [...FRONT, ...BEHIND])).toBeNull();
  });

  test("wait until enough runs have reached the step, and compare them as they were there", () => {
    const others = [curve([1, 1], [0, 0]), curve([2, 2]), curve([1, 2], [0, 1])];
    const rule = { rule: "median", min_runs: 3 };
    expect(decide(rule, curve([1, 1], [9, 9]), others)).toBeNull();
    expect(decide({ ...rule, min_runs: 2 }, curve([1, 1], [9, 9]), others)).toContain("at step 2");
  });
});

test("isAmongBest() and countBetter() go by fronts", () => {
  const others = [
    [0, 1],
    [1, 0],
    [2, 2],
  ];
  expect([1, 2, 3, 4].map((keep) => isAmongBest([3, 3], others, keep))).toEqual([
    false,
    false,
    false,
    true,
  ]);
  expect([countBetter([3, 3], others), countBetter([0.5, 0.5], others)]).toEqual([3, 0]);
});
