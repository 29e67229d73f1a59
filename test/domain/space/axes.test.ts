import { describe, expect, test } from "bun:test";
import { axesOf, fitsSpace, spaceSize } from "../../../src/domain/space/axes.ts";
import type { Axis } from "../../../src/domain/space/axes.ts";
import { spaceFromValue } from "../../../src/domain/space/parse-space.ts";
import type { JsonValue } from "../../../src/domain/types.ts";

function axisOf(parameter: JsonValue): Axis {
  const [axis] = axesOf(spaceFromValue({ x: parameter }, "space"));
  if (axis === undefined) throw new Error("no axis");
  return axis;
}

/** How many of 1,000 evenly spread positions fall on each value. */
function shares(axis: Axis): Map<JsonValue, number> {
  const counts = new Map<JsonValue, number>();
  for (let i = 0; i < 1000; i++) {
    const value = axis.decode((i + 0.5) / 1000);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

describe("an axis", () => {
  test("spreads a log range evenly over its logarithm", () => {
    const axis = axisOf({ low: 1e-4, high: 1, log: true });
    expect(axis.decode(0)).toBe(1e-4);
    expect(axis.decode(1)).toBe(1);
    expect(axis.decode(0.5)).toBeCloseTo(0.01, 12);
    expect(axis.encode(0.001)).toBeCloseTo(0.25, 12);
  });

  test("gives every step of a linear grid the same share", () => {
    const axis = axisOf({ low: 0, high: 1, step: 0.1 });
    expect([...shares(axis).keys()]).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    for (const count of shares(axis).values()) expect(Math.abs(count - 1000 / 11)).toBeLessThan(2);
  });

  test("stops at the last step below high", () => {
    expect([...shares(axisOf({ low: 0, high: 1, step: 0.3 })).keys()]).toEqual([0, 0.3, 0.6, 0.9]);
    const ints = axisOf({ type: "int", low: 1, high: 10, step: 4 });
    expect([...shares(ints).keys()]).toEqual([1, 5, 9]);
  });

  test("reaches every value of a log int, the small ones more often", () => {
    const counts = shares(axisOf({ type: "int", low: 1, high: 8, log: true }));
    expect([...counts.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(counts.get(1)).toBeGreaterThan(6 * (counts.get(8) ?? 0));
  });

  test("tells 1 from the text 1, and finds structures by their content", () => {
    const axis = axisOf({ choices: [1, "1", [1], "[1]", { a: 1, b: 2 }, null, true] });
    expect(axis.indexOf("1")).toBe(1);
    expect(axis.indexOf([1])).toBe(2);
    expect(axis.indexOf("[1]")).toBe(3);
    expect(axis.indexOf({ b: 2, a: 1 })).toBe(4);
    expect(axis.indexOf(false)).toBe(-1);
  });

  test.each<[string, JsonValue]>([
    ["step", { low: -0.3, high: 0.6, step: 0.1 }],
    ["log step", { low: 8, high: 512, step: 8, log: true }],
    ["int", { type: "int", low: -3, high: 40 }],
    ["log int", { type: "int", low: 1, high: 300, log: true }],
    ["ordinal", { values: ["s", "m", "l"] }],
    ["bool", { type: "bool" }],
  ])("decodes what it encodes: %s", (_, parameter) => {
    const axis = axisOf(parameter);
    for (let index = 0; index < axis.count; index++) {
      const value = axis.at(index);
      expect(axis.indexOf(value)).toBe(index);
      expect(axis.decode(axis.encode(value) ?? Number.NaN)).toEqual(value);
    }
  });

  test("has nothing to search with equal bounds, one choice or a fixed value", () => {
    expect(axisOf({ low: 2, high: 2 }).kind).toBe("single");
    expect(axisOf({ choices: ["a"] }).kind).toBe("single");
    expect(axisOf({ value: [1] }).decode(0.7)).toEqual([1]);
  });
});

describe("fitsSpace()", () => {
  const space = spaceFromValue(
    {
      lr: { low: 0.1, high: 1 },
      n: { type: "int", low: 1, high: 9, step: 2 },
      o: { choices: ["a", { b: 1 }] },
    },
    "space",
  );

  test("keeps params that could have been proposed", () => {
    expect(fitsSpace(space, { lr: 0.1, n: 9, o: { b: 1 } })).toBe(true);
    expect(fitsSpace(space, { o: "a", n: 1, lr: 1 })).toBe(true);
  });

  test.each([
    ["out of bounds", { lr: 1.1, n: 1, o: "a" }],
    ["off step", { lr: 0.5, n: 2, o: "a" }],
    ["no longer a choice", { lr: 0.5, n: 1, o: "c" }],
    ["of another type", { lr: "0.5", n: 1, o: "a" }],
    ["missing", { lr: 0.5, n: 1 }],
    ["of a removed parameter", { lr: 0.5, n: 1, o: "a", old: 1 }],
    ["NaN", { lr: Number.NaN, n: 1, o: "a" }],
  ])("drops a value that is %s", (_, params) => {
    expect(fitsSpace(space, params)).toBe(false);
  });
});

test("spaceSize() counts the points of a finite space", () => {
  const size = (value: JsonValue): number => spaceSize(spaceFromValue(value, "space"));
  expect(size({ a: { type: "bool" }, b: { values: [1, 2, 3] }, c: { value: 1 } })).toBe(6);
  expect(size({ a: { type: "bool" }, b: { low: 0, high: 1 } })).toBe(Infinity);
});
