import { describe, expect, test } from "bun:test";
import { minimise } from "../../../src/search/math/lbfgs.ts";
import type { Differentiable } from "../../../src/search/math/lbfgs.ts";

/** Rosenbrock's valley; minimum 0 at (1, 1). */
const rosenbrock: Differentiable = (point, gradient) => {
  const [x = 0, y = 0] = point;
  gradient[0] = -400 * x * (y - x * x) - 2 * (1 - x);
  gradient[1] = 200 * (y - x * x);
  return 100 * (y - x * x) ** 2 + (1 - x) ** 2;
};

function box(low: number, high: number, maxIterations = 200) {
  return {
    lower: Float64Array.of(low, low),
    upper: Float64Array.of(high, high),
    maxIterations,
    tolerance: 1e-8,
  };
}

describe("minimise()", () => {
  test("follows a curved valley to its end", () => {
    const { x, value } = minimise(rosenbrock, Float64Array.of(-1.2, 1), box(-5, 5));
    expect(x[0]).toBeCloseTo(1, 4);
    expect(x[1]).toBeCloseTo(1, 4);
    expect(value).toBeLessThan(1e-8);
  });

  test("stops at the bound that the minimum is beyond, and slides along it", () => {
    // With x at most 0.5 the minimum is (0.5, 0.25).
    const { x } = minimise(rosenbrock, Float64Array.of(-1.2, 0.4), box(-5, 0.5));
    expect(x[0]).toBe(0.5);
    expect(x[1]).toBeCloseTo(0.25, 5);
  });

  test("starts inside of the box when the start is outside", () => {
    const { x } = minimise(rosenbrock, Float64Array.of(9, -9), box(-2, 2, 0));
    expect(Array.from(x)).toEqual([2, -2]);
  });

  test("keeps away from where the function is not a number", () => {
    const f: Differentiable = ([x = 0], gradient) => {
      gradient[0] = 1 - 1 / x;
      return x > 0 ? x - Math.log(x) : Number.NaN;
    };
    const { x } = minimise(f, Float64Array.of(4), {
      lower: Float64Array.of(-10),
      upper: Float64Array.of(10),
      maxIterations: 50,
      tolerance: 1e-8,
    });
    expect(x[0]).toBeCloseTo(1, 5);
  });
});
