import { describe, expect, test } from "bun:test";
import { calibrated, gaussian, loop, strictLoop } from "../../../scripts/bench/acceptance.ts";
import { criticalValues } from "../../../src/domain/acceptance/boundaries.ts";
import { ACCEPTANCE_DEFAULTS, judge } from "../../../src/domain/acceptance/decide.ts";
import {
  fisherUpper,
  normalCdf,
  normalUpperQuantile,
  studentUpper,
} from "../../../src/domain/acceptance/distributions.ts";

const config = ACCEPTANCE_DEFAULTS;

test("distributions agree with their tables", () => {
  expect(normalCdf(1.959963985)).toBeCloseTo(0.975, 9);
  expect(normalCdf(-3)).toBeCloseTo(0.0013498980316, 12);
  expect(normalUpperQuantile(0.025)).toBeCloseTo(1.959963985, 8);
  expect(studentUpper(2.262157163, 9)).toBeCloseTo(0.025, 8);
  expect(studentUpper(-12.7062047, 1)).toBeCloseTo(0.975, 8);
  expect(fisherUpper(4.256494729, 2, 9)).toBeCloseTo(0.05, 8);
});

describe("criticalValues()", () => {
  test("one look is the ordinary test", () => {
    expect(criticalValues(0.025, 1, 1)[1]).toBeCloseTo(1.95996, 4);
  });

  test("spend alpha over all looks together: crossed by 2.5 % of paths without drift", () => {
    const gauss = gaussian(7);
    const critical = criticalValues(0.025, 1, 10);
    let crossed = 0;
    const paths = 20_000;
    for (let path = 0; path < paths; path += 1) {
      let sum = 0;
      for (let n = 1; n <= 10; n += 1) {
        sum += gauss();
        if (sum / Math.sqrt(n) < (critical[n] ?? 0)) continue;
        crossed += 1;
        break;
      }
    }
    // Three standard errors of 20,000 paths.
    expect(Math.abs(crossed / paths - 0.025)).toBeLessThan(0.0034);
  });
});

describe("judge()", () => {
  const noise = { sd: 1, df: 9 };

  test("keeps a clear winner early, gives a clear loser up after one pair", () => {
    expect(judge([6, 7, 6.5], config, noise)).toMatchObject({ verdict: "accepted" });
    expect(judge([-2], config, noise)).toMatchObject({ verdict: "rejected" });
    expect(judge([0.5], config, noise)).toMatchObject({ verdict: "undecided" });
  });

  test("needs three pairs to accept", () => {
    expect(judge([6, 6.01], config, null).verdict).toBe("undecided");
    expect(judge([6, 6.01, 6.005], config, null).verdict).toBe("accepted");
  });

  test("does not take equal differences for certainty, unless nothing varies", () => {
    expect(judge([1, 1, 1], config, null).verdict).toBe("undecided");
    expect(judge([1, 1, 1, 1, 1], config, null).verdict).toBe("accepted");
    expect(judge([1, 1], config, { sd: 0, df: 4 }).verdict).toBe("accepted");
    expect(judge([0, 0], config, null)).toMatchObject({ verdict: "rejected" });
  });

  test("an improvement below min_effect is not kept, however sure", () => {
    const improvements = Array.from({ length: 10 }, (_, i) => 0.5 + i / 1000);
    expect(judge(improvements, config, null).verdict).toBe("accepted");
    const picky = { ...config, min_effect: 1 };
    expect(judge(improvements, picky, null)).toMatchObject({ verdict: "rejected" });
  });

  test("what stays open after all pairs is inconclusive", () => {
    const improvements = [2, -1, 2.5, 0.2, 1.5, -0.8, 2, 0.5, -0.4, 1.2];
    expect(judge(improvements, config, null)).toMatchObject({ verdict: "inconclusive" });
  });

  test("distrusts a calibration that these pairs contradict", () => {
    const wild = [30, -22, 25, -18, 28];
    expect(judge(wild, config, { sd: 0.5, df: 9 }).verdict).not.toBe("accepted");
  });
});

describe("200 candidates with noise of sd 1, over five loops", () => {
  const LOOPS = 5;
  const share = (one: () => { kept: number }): number =>
    Array.from({ length: LOOPS }, one).reduce((sum, { kept }) => sum + kept / 200, 0) / LOOPS;

  test("null edits: at most 5 % are kept, where the strict rule keeps half", () => {
    const gauss = gaussian(11);
    expect(share(() => loop(gauss, 0, null))).toBeLessThan(0.05);
    expect(share(() => loop(gauss, 0, calibrated(gauss)))).toBeLessThan(0.05);
    expect(share(() => strictLoop(gauss, 0, "fresh"))).toBeGreaterThan(0.4);
  });

  test("a real effect of 2 sd: at least 90 % are kept, where a lucky best poisons the strict rule", () => {
    const gauss = gaussian(12);
    expect(share(() => loop(gauss, 2, null))).toBeGreaterThan(0.9);
    expect(share(() => loop(gauss, 2, calibrated(gauss)))).toBeGreaterThan(0.9);
  });
});
