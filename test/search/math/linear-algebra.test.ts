import { describe, expect, test } from "bun:test";
import {
  appendRow,
  cholesky,
  choleskyWithJitter,
  inverseLowerHalf,
  solveLower,
  solveLowerTransposed,
} from "../../../src/search/math/cholesky.ts";
import { diagonal, dot, timesVector } from "../../../src/search/math/matrix.ts";
import { symmetricEigen } from "../../../src/search/math/symmetric-eigen.ts";
import { randomStream } from "../../../src/search/random-stream.ts";

const SIZES = [1, 2, 3, 10, 40];

/** M M^T + I for a random M: symmetric and positive definite. */
function positiveDefinite(n: number): Float64Array {
  const stream = randomStream(n, 0, "matrix");
  const m = Array.from({ length: n }, () =>
    Float64Array.from({ length: n }, () => stream.normal()),
  );
  const entries = m.flatMap((a, i) => m.map((b, j) => dot(a, b) + (i === j ? 1 : 0)));
  return Float64Array.from(entries);
}

function at(matrix: Float64Array, n: number, row: number, column: number): number {
  return matrix[row * n + column] ?? Number.NaN;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
}

describe("cholesky()", () => {
  test("gives the factor of a matrix whose factor is known", () => {
    // Example of Wikipedia, "Cholesky decomposition".
    const a = Float64Array.of(4, 12, -16, 12, 37, -43, -16, -43, 98);
    expect(Array.from(cholesky(a, 3) ?? [])).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3]);
  });

  test("is null for a matrix that is not positive definite", () => {
    expect(cholesky(Float64Array.of(1, 2, 2, 1), 2)).toBeNull();
    expect(cholesky(Float64Array.of(Number.NaN), 1)).toBeNull();
  });

  test.each(SIZES)("solves linear systems of size %d", (n) => {
    const a = positiveDefinite(n);
    const lower = choleskyWithJitter(a, n);
    const x = Float64Array.from({ length: n }, (_, i) => i - 2.5);
    const b = timesVector(a, x);
    solveLower(lower, n, b);
    solveLowerTransposed(lower, n, b);
    expect(largestDifference(b, x)).toBeLessThan(1e-9);
  });

  test.each(SIZES)("inverts matrices of size %d", (n) => {
    const a = positiveDefinite(n);
    const half = inverseLowerHalf(choleskyWithJitter(a, n), n);
    const full = half.map((_, i) => {
      const [row, column] = [Math.floor(i / n), i % n];
      return at(half, n, Math.max(row, column), Math.min(row, column));
    });
    for (let column = 0; column < n; column++) {
      const unit = Float64Array.from({ length: n }, (_, i) => (i === column ? 1 : 0));
      expect(largestDifference(timesVector(a, timesVector(full, unit)), unit)).toBeLessThan(1e-9);
    }
  });
});

test("choleskyWithJitter() factors a singular matrix almost as it is", () => {
  const lower = choleskyWithJitter(Float64Array.of(1, 1, 1, 1), 2);
  expect(largestDifference(lower, [1, 0, 1, 0])).toBeLessThan(1e-4);
});

test("appendRow() gives the factor of the larger matrix", () => {
  const n = 10;
  const a = positiveDefinite(n);
  const whole = choleskyWithJitter(a, n);
  const smaller = Float64Array.from({ length: (n - 1) ** 2 }, (_, i) =>
    at(a, n, Math.floor(i / (n - 1)), i % (n - 1)),
  );
  const row = a.slice((n - 1) * n);
  const grown = appendRow(choleskyWithJitter(smaller, n - 1), n - 1, row, 1);
  expect(largestDifference(grown, whole)).toBeLessThan(1e-12);
});

describe("symmetricEigen()", () => {
  test("finds the eigenvalues of the second difference matrix", () => {
    const n = 12;
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      a[i * n + i] = 2;
      if (i > 0) a[i * n + i - 1] = -1;
      if (i < n - 1) a[i * n + i + 1] = -1;
    }
    const expected = Array.from(
      { length: n },
      (_, k) => 2 - 2 * Math.cos((Math.PI * (k + 1)) / (n + 1)),
    );
    expect(largestDifference(symmetricEigen(a, n).values, expected)).toBeLessThan(1e-13);
  });

  test.each(SIZES)("takes a matrix of size %d apart into orthonormal axes", (n) => {
    const a = positiveDefinite(n);
    const { values, vectors } = symmetricEigen(a, n);
    const axis = (k: number) => Float64Array.from({ length: n }, (_, i) => at(vectors, n, i, k));
    for (let k = 0; k < n; k++) {
      const value = values[k] ?? Number.NaN;
      const scaled = axis(k).map((v) => v * value);
      expect(largestDifference(timesVector(a, axis(k)), scaled)).toBeLessThan(1e-11 * n);
      for (let other = 0; other <= k; other++) {
        expect(dot(axis(k), axis(other))).toBeCloseTo(other === k ? 1 : 0, 12);
      }
    }
    expect(Array.from(values)).toEqual(Array.from(values).sort((x, y) => x - y));
  });

  test("takes equal eigenvalues and zeros", () => {
    const identity = diagonal(Float64Array.of(1, 1, 1));
    expect(Array.from(symmetricEigen(identity, 3).values)).toEqual([1, 1, 1]);
    expect(Array.from(symmetricEigen(new Float64Array(4), 2).values)).toEqual([0, 0]);
  });
});
