import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { paramsKey } from "../../../src/domain/canonical-json.ts";
import { activeAxes, fitsSpace, spaceSize } from "../../../src/domain/space/axes.ts";
import { complete, nextPoint } from "../../../src/domain/space/points.ts";
import type { Params } from "../../../src/domain/types.ts";
import { anySpace } from "../../helpers/any-space.ts";
import { spaceOf } from "../../helpers/search.ts";
import { faults } from "../../helpers/space-oracle.ts";

const space = spaceOf({
  momentum: { low: 0, high: 1, when: { optimizer: ["sgd", "lion"] } },
  damping: { low: 0, high: 1, when: { nesterov: true } },
  nesterov: { type: "bool", when: { optimizer: "sgd" } },
  optimizer: { choices: ["sgd", "adam", "lion"] },
});

const activeNames = (params: Params): string[] =>
  activeAxes(space, params).map((axis) => axis.name);

describe("activeAxes()", () => {
  test("follows the values of the parents, in the order of the space", () => {
    expect(activeNames({ optimizer: "adam" })).toEqual(["optimizer"]);
    expect(activeNames({ optimizer: "lion" })).toEqual(["momentum", "optimizer"]);
    expect(activeNames({ optimizer: "sgd", nesterov: false })).toEqual([
      "momentum",
      "nesterov",
      "optimizer",
    ]);
    expect(activeNames({ optimizer: "sgd", nesterov: true })).toHaveLength(4);
  });

  test("has nothing below a parameter that is itself inactive", () => {
    expect(activeNames({ optimizer: "lion", nesterov: true })).toEqual(["momentum", "optimizer"]);
  });
});

describe("fitsSpace() with conditions", () => {
  test.each<[boolean, Params]>([
    [true, { optimizer: "adam" }],
    [true, { optimizer: "lion", momentum: 0.5 }],
    [false, { optimizer: "adam", momentum: 0.5 }],
    [false, { optimizer: "lion" }],
    [false, { optimizer: "sgd", momentum: 0.5, nesterov: true }],
    [true, { optimizer: "sgd", momentum: 0.5, nesterov: true, damping: 0 }],
    [false, { momentum: 0.5 }],
  ])("is %p for %j", (expected, params) => {
    expect(fitsSpace(space, params)).toBe(expected);
  });
});

test("complete() chooses what becomes active and drops what does not", () => {
  const chosen: string[] = [];
  const params = complete(space, { optimizer: "sgd", nesterov: true, odd: 1 }, (axis) => {
    chosen.push(axis.name);
    return axis.at(0);
  });
  expect(Object.keys(params)).toEqual(["momentum", "damping", "nesterov", "optimizer"]);
  expect(chosen).toEqual(["momentum", "damping"]);
  const adam = complete(space, { ...params, optimizer: "adam" }, (axis) => axis.at(0));
  expect(adam).toEqual({ optimizer: "adam" });
});

test("any step or ordinal or fixed value can be a parent", () => {
  const any = spaceOf({
    n: { type: "int", low: 1, high: 5, step: 2 },
    o: { values: [[1, 2], [3]] },
    f: { value: { a: 1 } },
    x: { low: 0, high: 1, when: { n: [1, 5], o: [[1, 2]], f: { a: 1 } } },
  });
  expect(fitsSpace(any, { n: 5, o: [1, 2], f: { a: 1 }, x: 0.5 })).toBe(true);
  expect(fitsSpace(any, { n: 3, o: [1, 2], f: { a: 1 } })).toBe(true);
  expect(fitsSpace(any, { n: 1, o: [3], f: { a: 1 }, x: 0.5 })).toBe(false);
});

describe("counting a finite conditional space", () => {
  const finite = spaceOf({
    n: { type: "int", low: 1, high: 4, when: { a: "r" } },
    a: { choices: ["r", "g", "b"] },
    b: { type: "bool", when: { n: [3, 4] } },
    x: { low: 0, high: 1, step: 0.25, when: { a: ["g", "b"] } },
  });

  /** Every point from the first one on, until one comes back. */
  function walk(from: typeof finite, limit = 10_000): Map<string, Params> {
    const points = new Map<string, Params>();
    let params = complete(from, {}, (axis) => axis.at(0));
    while (!points.has(paramsKey(params)) && points.size < limit) {
      points.set(paramsKey(params), params);
      params = nextPoint(from, params);
    }
    return points;
  }

  test("spaceSize() leaves out combinations that cannot be", () => {
    expect(spaceSize(finite)).toBe(2 + 2 * 2 + 2 * 5);
    expect(spaceSize(space)).toBe(Infinity);
  });

  test("nextPoint() visits each point once and comes round", () => {
    const points = walk(finite);
    expect(points.size).toBe(16);
    for (const params of points.values()) expect(faults(finite, params)).toEqual([]);
  });

  test("both agree on random spaces", () => {
    let compared = 0;
    fc.assert(
      fc.property(anySpace, (value) => {
        const { constraints: _, ...free } = value;
        const any = spaceOf(free);
        const size = spaceSize(any);
        if (size > 2000) return;
        compared++;
        expect(walk(any).size).toBe(size);
      }),
      { numRuns: 600, seed: 5 },
    );
    expect(compared).toBeGreaterThan(50);
  });

  test("spaceSize() is a bound where the combinations are too many to go through", () => {
    const many = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [
        [`b${i}`, { type: "bool" }],
        [`c${i}`, { type: "bool", when: { [`b${i}`]: true } }],
      ]).flat(),
    );
    expect(spaceSize(spaceOf(many))).toBe(2 ** 40);
  });
});
