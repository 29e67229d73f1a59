import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { exp, ln } from "../../../src/domain/space/portable-log.ts";

const closeTo = (actual: number, expected: number): boolean =>
  Math.abs(actual - expected) <= 8 * Number.EPSILON * Math.max(Math.abs(expected), 1e-300);

test("ln() agrees with Math.log over all magnitudes", () => {
  fc.assert(
    fc.property(fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }), (x) =>
      closeTo(ln(x), Math.log(x)),
    ),
  );
  expect(ln(1)).toBe(0);
});

test("exp() agrees with Math.exp and undoes ln()", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -700, max: 709, noNaN: true }),
      (x) =>
        // The argument's own rounding grows with its size.
        Math.abs(exp(x) / Math.exp(x) - 1) <= 4 * Number.EPSILON * Math.max(1, Math.abs(x) / 100),
    ),
  );
  expect(exp(0)).toBe(1);
});
