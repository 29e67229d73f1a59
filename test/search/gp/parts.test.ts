import { describe, expect, test } from "bun:test";
import { acquisitionOf } from "../../../src/search/gp/acquisition.ts";
import {
  type Data,
  defaultHyper,
  fitHyper,
  negativeLogPosterior,
} from "../../../src/search/gp/fit.ts";
import { logExpectedImprovement } from "../../../src/search/gp/log-ei.ts";
import { posterior } from "../../../src/search/gp/posterior.ts";
import { representative } from "../../../src/search/gp/subset.ts";
import { warpLosses } from "../../../src/search/gp/warp.ts";
import { randomStream } from "../../../src/search/random-stream.ts";

/** Points in three inputs, the last a choice of three; the second does not matter. */
function sampleData(n: number): Data {
  const stream = randomStream(1, 0, "data");
  const inputs = Array.from({ length: n }, () =>
    Float64Array.of(stream.uniform(), stream.uniform(), stream.integer(3)),
  );
  const values = Float64Array.from(
    inputs,
    ([x = 0, , c = 0]) => Math.sin(5 * x) + (c === 1 ? 1 : 0),
  );
  return { inputs, values, isChoice: [false, false, true] };
}

/** Largest difference between slopes and central differences, relative to the largest slope. */
function slopeError(
  f: (x: Float64Array, slopes: Float64Array) => number,
  x: Float64Array,
  coordinates: readonly number[],
): number {
  const slopes = new Float64Array(x.length);
  f(x, slopes);
  const ignored = new Float64Array(x.length);
  const step = 1e-5;
  const errors = coordinates.map((i) => {
    const moved = (by: number) =>
      f(
        x.map((v, k) => (k === i ? v + by : v)),
        ignored,
      );
    return Math.abs((moved(step) - moved(-step)) / (2 * step) - (slopes[i] ?? Number.NaN));
  });
  return Math.max(...errors) / Math.max(...slopes.map(Math.abs));
}

describe("warpLosses()", () => {
  test.each([0.3, 3, Infinity])(
    "keeps order, and the shape of the better half: reach %p",
    (reach) => {
      const { values } = warpLosses(Float64Array.of(1, 2, 4, 8, 1e9), reach);
      const [a = 0, b = 0, c = 0, d = 0, e = 0] = values;
      expect([a, b, c, d, e]).toEqual([a, b, c, d, e].sort((x, y) => x - y));
      expect((c - b) / (b - a)).toBeCloseTo(2, 6);
      expect(a + b + c + d + e).toBeCloseTo(0, 9);
      expect((a * a + b * b + c * c + d * d + e * e) / 5).toBeCloseTo(1, 9);
    },
  );

  test("gives a huge loss only the room of its logarithm", () => {
    const huge = (loss: number): number => {
      const { values } = warpLosses(Float64Array.of(1, 2, 3, 4, loss), 1);
      return ((values[4] ?? 0) - (values[3] ?? 0)) / ((values[1] ?? 0) - (values[0] ?? 0));
    };
    expect(huge(1e12) / huge(1e6)).toBeCloseTo(2, 0);
    expect(huge(1e300)).toBeLessThan(1000);
  });

  test("tells the slope of the value by the loss, but for a factor", () => {
    const losses = Float64Array.of(-3, 0, 1, 2, 5, 30, 1000);
    const { values, logSlopes } = warpLosses(losses, 1);
    const slopeAt = (i: number): number => {
      // A step beside it that leaves median, spread and scale as they are, nearly.
      const moved = losses.slice();
      moved[i] = (moved[i] ?? 0) + 1e-6;
      const change = (warpLosses(moved, 1).values[i] ?? 0) - (values[i] ?? 0);
      return Math.log(change / 1e-6) - (logSlopes[i] ?? 0);
    };
    expect(slopeAt(4)).toBeCloseTo(slopeAt(5), 0);
  });

  test("gives equal losses equal values, and zeros when all are equal", () => {
    const [, , c, d] = warpLosses(Float64Array.of(0, 1, 5, 5), 1).values;
    expect(c).toBe(d ?? Number.NaN);
    expect(Array.from(warpLosses(Float64Array.of(3, 3, 3), 1).values)).toEqual([0, 0, 0]);
    expect(Array.from(warpLosses(Float64Array.of(0, 5e-324, 1e300), 0.3).values)).not.toContain(
      Number.NaN,
    );
  });
});

describe("logExpectedImprovement()", () => {
  test.each([
    [0, 1, 0, -0.9189385332046727],
    // mpmath, 50 digits: log(phi(z) + z Phi(z)) for z = 2, -5, -30, -1e5.
    [-2, 1, 0, 0.6973835457882283],
    [5, 1, 0, -16.74430116266099],
    [30, 1, 0, -457.724653760598],
    [1e5, 1, 0, -5000000023.944789],
  ])("of mean %d, deviation %d below %d is %d", (mean, deviation, best, expected) => {
    const { value } = logExpectedImprovement(mean, deviation, best);
    expect(Math.abs(value - expected) / Math.abs(expected)).toBeLessThan(1e-8);
  });

  test.each([3, 0.5, -0.9, -1.1, -6, -40, -900])("has right slopes at z = %d", (z) => {
    const f = ([mean = 0, deviation = 1]: Float64Array, slopes: Float64Array): number => {
      const improvement = logExpectedImprovement(mean, deviation, 0);
      slopes[0] = improvement.byMean;
      slopes[1] = improvement.byDeviation;
      return improvement.value;
    };
    expect(slopeError(f, Float64Array.of(-z * 1.5, 1.5), [0, 1])).toBeLessThan(1e-5);
  });
});

describe("posterior()", () => {
  test("agrees with the formulas for a single measurement", () => {
    const data = { inputs: [Float64Array.of(0.5)], values: Float64Array.of(2), isChoice: [false] };
    const process = posterior(data, { weights: Float64Array.of(4), scale: 3, noise: 0.5 });
    const r = Math.sqrt(5) * 2 * 0.25;
    const k = 3 * (1 + r + (r * r) / 3) * Math.exp(-r);
    const { mean, variance } = process.at(Float64Array.of(0.75));
    expect(mean).toBeCloseTo((k * 2) / 3.5, 12);
    expect(variance).toBeCloseTo(3 - (k * k) / 3.5, 12);
  });

  test("told one point more, is the process of all points", () => {
    const data = sampleData(12);
    const hyper = { ...defaultHyper(3), weights: Float64Array.of(3, 0.2, 1.5) };
    const fewer = { ...data, inputs: data.inputs.slice(0, 11), values: data.values.slice(0, 11) };
    const told = posterior(fewer, hyper).told(
      data.inputs[11] ?? new Float64Array(),
      data.values[11] ?? 0,
    );
    const where = Float64Array.of(0.3, 0.6, 1);
    const whole = posterior(data, hyper).at(where);
    expect(told.at(where).mean).toBeCloseTo(whole.mean, 10);
    expect(told.at(where).variance).toBeCloseTo(whole.variance, 10);
  });
});

describe("fitHyper()", () => {
  test("climbs the very slope of the posterior it maximises", () => {
    const f = negativeLogPosterior(sampleData(15));
    expect(slopeError(f, Float64Array.of(0.7, -0.4, 0.3, 0.2, -4), [0, 1, 2, 3, 4])).toBeLessThan(
      1e-5,
    );
  });

  test("finds out which inputs matter", () => {
    const { weights, noise } = fitHyper(sampleData(40), null).hyper;
    const [wavy = 0, idle = 0, choice = 0] = weights;
    expect(wavy).toBeGreaterThan(20 * idle);
    expect(choice).toBeGreaterThan(idle);
    expect(noise).toBeLessThan(1e-3);
  });
});

describe("acquisitionOf()", () => {
  test.each([0.2, 1e-3, 1e-6])("has right slopes, with and without failures: noise %p", (noise) => {
    const data = sampleData(15);
    const objective = posterior(data, { ...defaultHyper(3), noise });
    const labels = data.values.map((value) => (value > 0.5 ? 1 : -1));
    const process = posterior({ ...data, values: labels }, defaultHyper(3));
    for (const feasibility of [null, { process, threshold: 0.1 }]) {
      const acquisition = acquisitionOf(objective, -0.8, feasibility);
      const x = Float64Array.of(0.9, 0.35, 2);
      expect(slopeError((at, slopes) => acquisition.slopesAt(at, slopes), x, [0, 1])).toBeLessThan(
        1e-5,
      );
      expect(acquisition.at(x)).toBeCloseTo(acquisition.slopesAt(x, new Float64Array(3)), 12);
    }
  });
});

test("representative() keeps the best, the latest and the outlying", () => {
  const inputs = Array.from({ length: 100 }, (_, i) =>
    Float64Array.of(i === 40 ? 9 : 0.5 + i / 1e4),
  );
  const values = Float64Array.from({ length: 100 }, (_, i) => Math.abs(i - 20));
  const chosen = representative(inputs, values, 12);
  expect(chosen.length).toBe(12);
  expect(chosen).toEqual(expect.arrayContaining([19, 20, 21, 97, 98, 99, 40]));
});
