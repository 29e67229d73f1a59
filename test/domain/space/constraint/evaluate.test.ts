import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { violation } from "../../../../src/domain/space/constraint/evaluate.ts";
import { parseConstraint } from "../../../../src/domain/space/constraint/parse-constraint.ts";
import type { Params } from "../../../../src/domain/types.ts";
import { spaceOf } from "../../../helpers/search.ts";

const parameters = new Map(
  spaceOf({
    a: { low: -100, high: 100 },
    b: { low: -100, high: 100 },
    c: { low: -100, high: 100 },
    o: { choices: ["sgd", "adam", 1, true] },
    norm: { type: "bool" },
  }).parameters.map((parameter) => [parameter.name, parameter]),
);
const distance = (text: string, params: Params): number =>
  violation(parseConstraint(text, parameters), params);
const holds = (text: string, params: Params): boolean => distance(text, params) === 0;

describe("a constraint", () => {
  test.each<[string, number]>([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["10 - 4 - 3", 3],
    ["2 ** 3 ** 2", 512],
    ["-2 ** 2", -4],
    ["2 ** -1", 0.5],
    ["2 ** 0.5", Math.SQRT2],
    ["7 % 3", 1],
    ["-7 % 3", 2],
    ["7 % -3", -2],
    ["12 / 4 / 3", 1],
    ["min(3, 1, 2) + max(3, 1, 2)", 4],
    ["abs(-3) + sqrt(16) + floor(-1.5) + ceil(1.2)", 7],
    ["log(exp(2))", 2],
    [".5e1", 5],
  ])("%s is %p", (text, value) => {
    expect(holds(`a == ${text}`, { a: value })).toBe(true);
    expect(holds(`a == ${text}`, { a: value + 1e-6 })).toBe(false);
  });

  test.each<[string, Params, boolean]>([
    ["a < b < c", { a: 1, b: 2, c: 3 }, true],
    ["a < b < c", { a: 1, b: 3, c: 2 }, false],
    ["a < 0 or b < 0 and c < 0", { a: -1, b: 1, c: 1 }, true],
    ["not (a < 0 or b < 0)", { a: 1, b: 1 }, true],
    ["not (a < 0 or b < 0)", { a: 1, b: -1 }, false],
    ["not (a < 0 and b < 0)", { a: 1, b: -1 }, true],
    ["not not norm", { norm: true }, true],
    ["norm == false", { norm: false }, true],
    ["norm != (a < 0)", { norm: false, a: -1 }, true],
    ['o == "adam"', { o: "adam" }, true],
    ['o != "adam"', { o: "adam" }, false],
    ["o == 1", { o: 1 }, true],
    ["o == 1", { o: true }, false],
  ])("%s with %j: %p", (text, params, expected) => {
    expect(holds(text, params)).toBe(expected);
    expect(holds(`not (${text})`, params)).toBe(!expected);
  });

  test("forgives the rounding of decimals, not the difference of whole numbers", () => {
    expect(holds("a + b <= 0.3", { a: 0.1, b: 0.2 })).toBe(true);
    expect(holds("a + b == 0.3", { a: 0.1, b: 0.2 })).toBe(true);
    expect(holds("a + b > 0.3", { a: 0.1, b: 0.2 })).toBe(false);
    expect(holds("a < b", { a: 2 ** 52, b: 2 ** 52 + 1 })).toBe(true);
  });

  test("that names an inactive parameter holds", () => {
    expect(holds("a < b", { a: 1 })).toBe(true);
    expect(holds("a < 0 or b < 0", { a: 1 })).toBe(true);
  });

  test.each([
    "log(a) < 1",
    "not log(a) < 1",
    "sqrt(a) >= 0",
    "1 / b < 1",
    "b / b == 1",
    "1 % b < 1",
  ])("that cannot be computed does not hold: %s", (text) => {
    expect(holds(text, { a: -1, b: 0 })).toBe(false);
  });

  test("comes closer to holding as its sides do", () => {
    const far = [3, 2, 1.5, 1.1, 1.001, 1].map((a) => distance("a <= 1", { a }));
    expect(far).toEqual(far.toSorted((x, y) => y - x));
    expect(new Set(far).size).toBe(6);
    expect(distance("a <= 1 and b <= 1", { a: 2, b: 2 })).toBeGreaterThan(
      distance("a <= 1 and b <= 1", { a: 2, b: 1 }),
    );
    expect(distance("a <= 1 or b <= 1", { a: 9, b: 1.1 })).toBe(distance("b <= 1", { b: 1.1 }));
  });

  test("computes what the tree it was written from does", () => {
    /** An expression as text, with what it comes to. */
    type Sum = [text: string, value: (of: Params) => number];
    const leaf = fc.constantFrom<Sum>(
      ["a", ({ a }) => Number(a)],
      ["b", ({ b }) => Number(b)],
      ["7", () => 7],
      ["-2", () => -2],
    );
    const { sum } = fc.letrec<{ sum: Sum; node: Sum }>((tie) => ({
      sum: fc.oneof({ maxDepth: 4 }, leaf, tie("node")),
      node: fc
        .tuple(tie("sum"), fc.constantFrom("+", "-", "*"), tie("sum"))
        .map(([[x, left], op, [y, right]]): Sum => {
          const text = op === "*" ? `(${x}) * (${y})` : `${x} ${op} (${y})`;
          if (op === "*") return [text, (of) => left(of) * right(of)];
          return [text, (of) => (op === "+" ? left(of) + right(of) : left(of) - right(of))];
        }),
    }));
    const value = fc.integer({ min: -9, max: 9 });
    fc.assert(
      fc.property(sum, value, value, ([text, compute], a, b) => {
        expect(holds(`${text} == c`, { a, b, c: compute({ a, b }) + 0 })).toBe(true);
        expect(holds(`${text} == c`, { a, b, c: compute({ a, b }) + 1 })).toBe(false);
      }),
      { numRuns: 300, seed: 4 },
    );
  });
});
