import { describe, expect, test } from "bun:test";
import { kendall } from "../../src/reduce/kendall.ts";

/** Share of all orders of 1..n whose S is at least that of `order`. */
function exactP(order: readonly number[]): number {
  const s = scoreOf(order);
  let total = 0;
  let asLarge = 0;
  for (const other of permutations(order.map((_, index) => index))) {
    total += 1;
    if (scoreOf(other) >= s) asLarge += 1;
  }
  return asLarge / total;
}

function scoreOf(order: readonly number[]): number {
  let s = 0;
  for (const [i, a] of order.entries()) for (const b of order.slice(i + 1)) s += Math.sign(b - a);
  return s;
}

function* permutations(items: readonly number[]): Generator<number[]> {
  if (items.length === 0) yield [];
  for (const [i, item] of items.entries()) {
    for (const rest of permutations(items.toSpliced(i, 1))) yield [item, ...rest];
  }
}

function pairsOf(order: readonly number[]): [number, number][] {
  return order.map((value, index) => [index, value]);
}

describe("kendall()", () => {
  test("is 1 for the same order, -1 for the opposite one, 0 where one side is constant", () => {
    expect(kendall(pairsOf([0, 1, 2, 3])).tau).toBe(1);
    expect(kendall(pairsOf([3, 2, 1, 0])).tau).toBe(-1);
    expect(kendall(pairsOf([5, 5, 5, 5]))).toEqual({ tau: 0, p: 1 });
    expect(kendall([])).toEqual({ tau: 0, p: 1 });
  });

  test("counts ties as tau-b does", () => {
    // Five pairs agree, none disagrees, one is tied on the right: 5 / sqrt(6 * 5).
    expect(kendall(pairsOf([1, 2, 2, 3])).tau).toBeCloseTo(5 / Math.sqrt(30), 12);
  });

  test.each([
    [[0, 1, 2, 3, 4, 5, 6, 7]],
    [[1, 0, 2, 3, 5, 4, 6, 7]],
    [[3, 0, 5, 1, 7, 2, 6, 4]],
    [[4, 3, 2, 1, 0, 7, 6, 5]],
    [[7, 6, 5, 4, 3, 2, 1, 0]],
  ])("has nearly the exact p-value of %p", (order) => {
    expect(Math.abs(kendall(pairsOf(order)).p - exactP(order))).toBeLessThan(0.01);
  });
});
