import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { exclusive, hypervolume } from "../../../src/search/multi/hypervolume.ts";
import { contributions, spreadFirst } from "../../../src/search/multi/spread-first.ts";

const SIDE = 4;
const points = (objectives: number) =>
  fc.array(
    fc.tuple(...Array.from({ length: objectives }, () => fc.integer({ min: 0, max: SIDE }))),
    { maxLength: 10 },
  );

/** Unit cells up to the reference of which some point is a lower corner or below it. */
function cellsUnder(all: readonly number[][], objectives: number): number {
  let count = 0;
  for (let cell = 0; cell < SIDE ** objectives; cell++) {
    const corner = Array.from(
      { length: objectives },
      (_, i) => Math.floor(cell / SIDE ** i) % SIDE,
    );
    if (all.some((point) => point.every((loss, i) => loss <= (corner[i] ?? 0)))) count++;
  }
  return count;
}

describe("hypervolume()", () => {
  test.each([1, 2, 3, 4])("counts what is dominated, %d objectives", (objectives) => {
    const reference = Array.from({ length: objectives }, () => SIDE);
    fc.assert(
      fc.property(points(objectives), (all) => {
        expect(hypervolume(all, reference)).toBeCloseTo(cellsUnder(all, objectives), 9);
      }),
      { seed: 5 },
    );
  });

  test("exclusive() is what a point adds", () => {
    fc.assert(
      fc.property(points(3), (all) => {
        const [first, ...others] = all;
        if (first === undefined) return;
        const reference = [SIDE, SIDE, SIDE];
        const added = hypervolume(all, reference) - hypervolume(others, reference);
        expect(exclusive(first, others, reference)).toBeCloseTo(added, 9);
      }),
      { seed: 5 },
    );
  });
});

describe("spreadFirst()", () => {
  test("takes the knee and spreads out, whatever the units", () => {
    const front = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((i) => [i * 1e6, 1 / (1 + i)]);
    const order = spreadFirst(front, 4);
    expect(new Set(order).size).toBe(4);
    expect(order[0]).toBeWithin(1, 4);
    const stretched = front.map(([x = 0, y = 0]) => [x * 1e-9 + 7, y * 1e12]);
    expect(spreadFirst(stretched, 4)).toEqual(order);
  });

  test("each beginning is nearly the best subset of its size", () => {
    const coordinates = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }));
    fc.assert(
      fc.property(fc.array(coordinates, { minLength: 3, maxLength: 7 }), (all) => {
        const scaled = all.map(([x, y]) => [x, y]);
        const two = spreadFirst(scaled, 2).map((i) => scaled[i] ?? []);
        const span = (i: number): number[] => scaled.map((point) => point[i] ?? 0);
        const reference = [0, 1].map((i) => {
          const [low, high] = [Math.min(...span(i)), Math.max(...span(i))];
          return high + 0.1 * (high - low) + (high === low ? 1 : 0);
        });
        let most = 0;
        for (const a of scaled) {
          for (const b of scaled) most = Math.max(most, hypervolume([a, b], reference));
        }
        // Greedy choice keeps at least 1 - 1/e of it (Nemhauser, Wolsey and Fisher 1978).
        expect(hypervolume(two, reference)).toBeGreaterThanOrEqual(0.632 * most - 1e-9);
      }),
      { seed: 9 },
    );
  });

  test("chooses from thousands of points at once", () => {
    const front = Array.from({ length: 5000 }, (_, i) => [i, 5000 - i, (i * 31) % 5000]);
    expect(new Set(spreadFirst(front, 25)).size).toBe(25);
  });

  test("contributions() are 0 for what others dominate or repeat", () => {
    expect(
      contributions([
        [0, 1],
        [1, 0],
        [1, 1],
        [1, 0],
      ]).map((volume) => volume > 0),
    ).toEqual([true, false, false, false]);
  });
});
