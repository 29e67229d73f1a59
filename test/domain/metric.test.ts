import { describe, expect, test } from "bun:test";
import { isBetter, toLoss } from "../../src/domain/metric.ts";

describe("isBetter()", () => {
  test("is strict, follows the direction, and takes anything over nothing", () => {
    expect(isBetter("maximize", 2, 1)).toBe(true);
    expect(isBetter("maximize", 1, 1)).toBe(false);
    expect(isBetter("minimize", 1, 2)).toBe(true);
    expect(isBetter("minimize", 2, 2)).toBe(false);
    for (const direction of ["maximize", "minimize"] as const) {
      expect(isBetter(direction, 0, null)).toBe(true);
    }
  });
});

describe("toLoss()", () => {
  test("makes the better value the lower loss, and is its own inverse", () => {
    for (const direction of ["maximize", "minimize"] as const) {
      const [better, worse] = direction === "maximize" ? [5, -1] : [-1, 5];
      expect(toLoss(direction, better)).toBeLessThan(toLoss(direction, worse));
      expect(toLoss(direction, toLoss(direction, 5))).toBe(5);
    }
  });
});
