import { describe, expect, test } from "bun:test";
import {
  normalLogMass,
  truncatedLogPdf,
  truncatedQuantile,
} from "../../../src/search/math/truncated-normal.ts";
import vectors from "../../fixtures/tpe-vectors.json" with { type: "json" };

describe("the truncated normal, against 60-digit arithmetic", () => {
  test("normalLogMass() is precise in both tails and in narrow intervals", () => {
    for (const [a = 0, b = 0, expected = 0] of vectors.normal.log_mass) {
      const off = Math.abs(normalLogMass(a, b) - expected) / Math.max(1, Math.abs(expected));
      if (!(off <= 1e-12)) expect([a, b, normalLogMass(a, b)]).toEqual([a, b, expected]);
    }
  });

  test("normalLogMass() takes infinite ends, and has nothing for empty intervals", () => {
    expect(normalLogMass(-Infinity, 0)).toBeCloseTo(Math.log(0.5), 14);
    expect(normalLogMass(0, Infinity)).toBeCloseTo(Math.log(0.5), 14);
    expect(normalLogMass(-Infinity, Infinity)).toBeCloseTo(0, 14);
    expect([normalLogMass(1, 1), normalLogMass(2, 1)]).toEqual([-Infinity, -Infinity]);
  });

  test("truncatedQuantile() finds the point of any share", () => {
    for (const [q = 0, a = 0, b = 0, expected = 0] of vectors.normal.truncated_quantile) {
      const found = truncatedQuantile(q, a, b);
      if (!(Math.abs(found - expected) <= 1e-15 + 1e-12 * Math.abs(expected))) {
        expect([q, a, b, found]).toEqual([q, a, b, expected]);
      }
    }
    expect([truncatedQuantile(0, -2, 3), truncatedQuantile(1, -2, 3)]).toEqual([-2, 3]);
  });

  test("truncatedLogPdf() integrates to 1 and is nothing outside", () => {
    const steps = 20_000;
    let sum = 0;
    for (let i = 0; i < steps; i++) {
      const x = 2 + (3 * (i + 0.5)) / steps;
      sum += (Math.exp(truncatedLogPdf(x, 1.5, 0.7, 2, 5)) * 3) / steps;
    }
    expect(sum).toBeCloseTo(1, 6);
    expect(truncatedLogPdf(1.9, 1.5, 0.7, 2, 5)).toBe(-Infinity);
    expect(truncatedLogPdf(5.1, 1.5, 0.7, 2, 5)).toBe(-Infinity);
  });
});
