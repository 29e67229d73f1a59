import { describe, expect, test } from "bun:test";
import { axesOf } from "../../../src/domain/space/axes.ts";
import type { Axis } from "../../../src/domain/space/axes.ts";
import type { JsonObject } from "../../../src/domain/types.ts";
import { spaceOf } from "../../helpers/search.ts";

function axisOf(parameter: JsonObject): Axis {
  const [axis] = axesOf(spaceOf({ x: parameter }));
  if (axis === undefined) throw new Error("no axis");
  return axis;
}

/** The values at evenly spread positions: a sample of the prior without noise. */
const sampleOf = (axis: Axis, size = 4000): number[] =>
  Array.from({ length: size }, (_, i) => Number(axis.decode((i + 0.5) / size)));
const shareBelow = (sample: number[], bound: number): number =>
  sample.filter((value) => value < bound).length / sample.length;
const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length;

describe("a prior", () => {
  test("normal: 68 % within one sigma, 95 % within two", () => {
    const sample = sampleOf(axisOf({ prior: { distribution: "normal", mu: 3, sigma: 2 } }));
    expect(shareBelow(sample, 3)).toBeCloseTo(0.5, 2);
    expect(shareBelow(sample, 5) - shareBelow(sample, 1)).toBeCloseTo(0.6827, 2);
    expect(shareBelow(sample, 7) - shareBelow(sample, -1)).toBeCloseTo(0.9545, 2);
  });

  test("normal cut to its bounds: the share of the part that is left", () => {
    const sample = sampleOf(
      axisOf({ low: 0, high: 3, prior: { distribution: "normal", mu: 0, sigma: 1 } }),
    );
    expect(shareBelow(sample, 1)).toBeCloseTo(0.6827 / 0.9973, 2);
    const tail = sampleOf(
      axisOf({ low: 40, high: 41, prior: { distribution: "normal", mu: 0, sigma: 1 } }),
    );
    // Far out the density falls by e every 1/40.
    expect(shareBelow(tail, 40 + 1 / 40)).toBeCloseTo(1 - Math.exp(-1), 1);
  });

  test("lognormal: the median is exp(mu)", () => {
    const sample = sampleOf(
      axisOf({ prior: { distribution: "lognormal", mu: Math.log(0.01), sigma: 1 } }),
    );
    expect(shareBelow(sample, 0.01)).toBeCloseTo(0.5, 2);
    expect(shareBelow(sample, 0.01 * Math.E)).toBeCloseTo(0.8413, 2);
  });

  test.each([
    [2, 5],
    [0.5, 0.5],
    [0.05, 1],
    [1, 40],
    [300, 700],
  ])("beta(%p, %p): mean a / (a + b)", (a, b) => {
    const sample = sampleOf(axisOf({ low: 10, high: 20, prior: { distribution: "beta", a, b } }));
    expect((mean(sample) - 10) / 10).toBeCloseTo(a / (a + b), 2);
  });

  test("beta(1/2, 1/2) is the arcsine law", () => {
    const sample = sampleOf(axisOf({ prior: { distribution: "beta", a: 0.5, b: 0.5 } }));
    expect(shareBelow(sample, 0.1)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(0.1)), 2);
  });

  test("on a log range it spreads over the logarithm", () => {
    const prior = { distribution: "beta", a: 2, b: 2 };
    const sample = sampleOf(axisOf({ low: 1e-4, high: 1, log: true, prior }));
    expect(shareBelow(sample, 1e-2)).toBeCloseTo(0.5, 2);
  });

  test("gives each step the share of the values around it", () => {
    const prior = { distribution: "normal", mu: 0, sigma: 1 };
    const sample = sampleOf(axisOf({ low: -3, high: 3, step: 1, prior }));
    expect(new Set(sample)).toEqual(new Set([-3, -2, -1, 0, 1, 2, 3]));
    expect(sample.filter((value) => value === 0).length / sample.length).toBeCloseTo(0.383, 2);
    const ints = sampleOf(axisOf({ type: "int", low: -3, high: 3, prior }));
    expect(ints).toEqual(sample);
  });

  test("leaves no legal value out of reach, and finds each again", () => {
    const axis = axisOf({ low: 0, high: 1, prior: { distribution: "normal", mu: 0, sigma: 0.01 } });
    for (const value of [0, 1e-9, 0.005, 0.3, 0.999, 1]) {
      expect(Number(axis.decode(axis.encode(value) ?? Number.NaN))).toBeCloseTo(value, 8);
    }
    expect(axis.decode(0)).toBe(0);
    expect(axis.decode(1)).toBe(1);
    const grid = axisOf({
      type: "int",
      low: 0,
      high: 50,
      prior: { distribution: "normal", mu: 0, sigma: 1 },
    });
    for (let n = 0; n <= 50; n++) expect(grid.decode(grid.encode(n) ?? Number.NaN)).toBe(n);
  });
});

describe("bounds that a prior brings", () => {
  const boundsOf = (parameter: JsonObject): unknown => spaceOf({ x: parameter }).parameters[0];

  test("are five sigma from the mean, or 0 and 1", () => {
    expect(boundsOf({ prior: { distribution: "normal", mu: 3, sigma: 2 } })).toMatchObject({
      type: "float",
      low: -7,
      high: 13,
      log: false,
    });
    expect(boundsOf({ low: 0, prior: { distribution: "normal", mu: 3, sigma: 2 } })).toMatchObject({
      low: 0,
      high: 13,
    });
    expect(boundsOf({ prior: { distribution: "lognormal", mu: 0, sigma: 1 } })).toMatchObject({
      low: Number(Math.exp(-5).toPrecision(12)),
      high: Number(Math.exp(5).toPrecision(12)),
      log: true,
    });
    expect(boundsOf({ prior: { distribution: "beta", a: 2, b: 2 } })).toMatchObject({
      low: 0,
      high: 1,
    });
  });

  test("are multiples of the step", () => {
    const prior = { distribution: "normal", mu: 0.33, sigma: 0.1 };
    expect(boundsOf({ step: 0.05, prior })).toMatchObject({ low: -0.15, high: 0.8, step: 0.05 });
    expect(boundsOf({ type: "int", prior: { ...prior, sigma: 1 } })).toMatchObject({
      low: -4,
      high: 5,
    });
  });
});

describe("a parameter as W&B writes it", () => {
  const lr = { name: "x", type: "float", log: true, step: null, low: 0.001, high: 0.1 };
  const u = { name: "x", type: "float", log: false, step: null, low: 0, high: 1 };
  const normal = { kind: "normal" as const, mu: 0, sigma: 1 };
  const e = (power: number): number => Number(Math.exp(power).toPrecision(12));

  test.each<[JsonObject, object]>([
    [{ distribution: "uniform", min: 0, max: 1 }, u],
    [
      { distribution: "q_uniform", min: 0.03, max: 1, q: 0.25 },
      { ...u, low: 0.25, step: 0.25 },
    ],
    [
      { distribution: "int_uniform", min: 1, max: 5 },
      { ...u, type: "int", low: 1, high: 5 },
    ],
    [{ distribution: "log_uniform_values", min: 0.001, max: 0.1 }, lr],
    [{ distribution: "inv_log_uniform_values", min: 0.001, max: 0.1 }, lr],
    [
      { distribution: "log_uniform", min: -7, max: -2 },
      { ...lr, low: e(-7), high: e(-2) },
    ],
    [
      { distribution: "inv_log_uniform", min: 2, max: 7 },
      { ...lr, low: e(-7), high: e(-2) },
    ],
    [
      { distribution: "q_log_uniform_values", min: 1, max: 100, q: 8 },
      { ...lr, low: 8, high: 96, step: 8 },
    ],
    [
      { distribution: "normal", mu: 0, sigma: 1 },
      { ...u, low: -5, high: 5, prior: normal },
    ],
    [
      { distribution: "q_normal", mu: 0, sigma: 1, q: 0.4 },
      { ...u, low: -4.8, high: 4.8, step: 0.4, prior: normal },
    ],
    [
      { distribution: "lognormal", mu: 0, sigma: 1, min: 0.5, max: 9 },
      { ...lr, low: 0.5, high: 9, prior: normal },
    ],
    [
      { distribution: "beta", a: 2, b: 5 },
      { ...u, prior: { kind: "beta", a: 2, b: 5 } },
    ],
    [
      { distribution: "constant", value: 3 },
      { name: "x", type: "fixed", value: 3 },
    ],
    [
      { distribution: "categorical", values: ["a", 1] },
      { name: "x", type: "categorical", choices: ["a", 1] },
    ],
  ])("%j", (written, expected) => {
    expect(spaceOf({ x: written }).parameters).toMatchObject([expected]);
  });
});
