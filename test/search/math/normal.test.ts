import { describe, expect, test } from "bun:test";
import {
  expm1,
  log1p,
  normalCdf,
  normalLogCdf,
  normalLogPdf,
  normalPdf,
  normalQuantile,
  normalQuantileOfLog,
} from "../../../src/search/math/normal.ts";
import vectors from "../../fixtures/tpe-vectors.json" with { type: "json" };

/** Both relative and, for values below 1e-3 where a root is sought, absolute. */
function near(actual: number, expected: number, tolerance = 1e-12): void {
  const off = Math.abs(actual - expected) / (Math.abs(expected) || 1);
  if (!(off <= tolerance)) expect(actual).toBe(expected);
}

describe("the standard normal, against 60-digit arithmetic", () => {
  test("normalCdf() has full relative precision in the left tail", () => {
    for (const [x = 0, p = 0] of vectors.normal.cdf)
      near(normalCdf(x), p, p < 1e-307 ? 1e-6 : 1e-12);
  });

  test("normalLogCdf() goes on where probabilities underflow", () => {
    for (const [x = 0, , logP = 0] of vectors.normal.cdf) near(normalLogCdf(x), logP);
    expect(normalLogCdf(-Infinity)).toBe(-Infinity);
    expect(normalLogCdf(Infinity)).toBe(-0);
  });

  test("normalQuantile() inverts the distribution", () => {
    for (const [p = 0, x = 0] of vectors.normal.quantile) {
      expect(Math.abs(normalQuantile(p) - x)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(x)));
    }
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
  });

  test("normalQuantileOfLog() inverts its logarithm", () => {
    for (const [logP = 0, x = 0] of vectors.normal.quantile_of_log)
      near(normalQuantileOfLog(logP), x);
    expect([normalQuantileOfLog(-Infinity), normalQuantileOfLog(0)]).toEqual([-Infinity, Infinity]);
  });

  test("normalPdf() and its logarithm agree with the definition", () => {
    near(normalPdf(0), 0.3989422804014327);
    near(normalPdf(-2.5), 0.01752830049356854);
    near(normalLogPdf(50), -1250.9189385332047);
    expect(normalPdf(60)).toBe(0);
  });
});

test("log1p() and expm1() keep the digits of small numbers", () => {
  near(log1p(1e-10), 9.9999999995e-11);
  near(log1p(-0.75), -2 * Math.LN2);
  near(expm1(1e-10), 1.00000000005e-10);
  near(expm1(-2), -0.8646647167633873);
  expect(expm1(-1e6)).toBe(-1);
});
