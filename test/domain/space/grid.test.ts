import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { gridOf } from "../../../src/domain/space/grid.ts";

test("gridOf() writes values as people do, without drift", () => {
  expect(gridOf(0, 1, 0.1).at(3)).toBe(0.3);
  expect(gridOf(1e-7, 1, 1e-7).at(2)).toBe(3e-7);
  expect(Object.is(gridOf(-0.3, 1, 0.1).at(3), 0)).toBe(true);
});

test("gridOf() counts the end of the range although 1 / 0.1 may not be whole", () => {
  expect(gridOf(0, 1, 0.1).count).toBe(11);
  expect(gridOf(0, 0.3, 0.1).count).toBe(4);
  expect(gridOf(2.015, 2.016, 0.001).count).toBe(2);
  expect(gridOf(0, 1, 0.3).count).toBe(4);
  expect(gridOf(1_000_000, 1_000_000.3, 0.1).count).toBe(4);
});

test("gridOf() has as many values as decimal arithmetic says, each in its place", () => {
  const scaled = fc.record({
    low: fc.integer({ min: -10_000, max: 10_000 }),
    steps: fc.integer({ min: 1, max: 500 }),
    step: fc.integer({ min: 1, max: 999 }),
    decimals: fc.integer({ min: 0, max: 6 }),
  });
  fc.assert(
    fc.property(scaled, ({ low, steps, step, decimals }) => {
      const decimal = (units: number): number => Number(`${units}e-${decimals}`);
      const grid = gridOf(decimal(low), decimal(low + steps * step), decimal(step));
      expect(grid.count).toBe(steps + 1);
      for (const index of [0, 1, steps >> 1, steps]) {
        // Adding 0 turns -0 into 0.
        expect(grid.at(index)).toBe(decimal(low + index * step) + 0);
        expect(grid.indexOf(decimal(low + index * step))).toBe(index);
      }
    }),
  );
});
