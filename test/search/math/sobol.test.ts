import { describe, expect, test } from "bun:test";
import { SOBOL_DIMENSIONS, sobolBits, sobolPoints } from "../../../src/search/math/sobol.ts";
import { randomStream } from "../../../src/search/random-stream.ts";

describe("sobolBits()", () => {
  test("is the sequence of Joe and Kuo, as scipy 1.17 gives it", () => {
    const dimensions = [0, 1, 2, 7, 31, 63];
    const row = (index: number) => dimensions.map((dimension) => sobolBits(index, dimension));
    expect(row(0)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(row(2)).toEqual([
      1073741824, 3221225472, 3221225472, 1073741824, 3221225472, 1073741824,
    ]);
    expect(row(1000)).toEqual([
      398458880, 692060160, 1933574144, 2747269120, 2126512128, 4290772992,
    ]);
    expect(row(2047)).toEqual([
      4292870144, 3789553664, 1428160512, 1138753536, 3705667584, 1793064960,
    ]);
  });
});

describe("sobolPoints()", () => {
  test("puts one point in every interval of every side, scrambled or not", () => {
    const count = 256;
    const points = sobolPoints(0, count, SOBOL_DIMENSIONS, randomStream(5, 0, "test"));
    for (let dimension = 0; dimension < SOBOL_DIMENSIONS; dimension++) {
      const cells = points.map((point) => Math.floor((point[dimension] ?? 0) * count));
      expect(new Set(cells).size).toBe(count);
    }
  });

  test("puts one point in each of 16 x 16 squares of the first two sides", () => {
    const points = sobolPoints(0, 256, 2, randomStream(6, 0, "test"));
    const squares = points.map(([x = 0, y = 0]) => Math.floor(x * 16) * 16 + Math.floor(y * 16));
    expect(new Set(squares).size).toBe(256);
  });

  test("depends on the stream, and goes on from any row", () => {
    const whole = sobolPoints(0, 8, 3, randomStream(1, 0, "test"));
    expect(sobolPoints(5, 3, 3, randomStream(1, 0, "test"))).toEqual(whole.slice(5));
    expect(sobolPoints(0, 8, 3, randomStream(2, 0, "test"))).not.toEqual(whole);
  });

  test("fills more dimensions than it has numbers for inside of the cube", () => {
    const [point = new Float64Array()] = sobolPoints(3, 1, 200, randomStream(1, 0, "test"));
    expect(point.length).toBe(200);
    expect(point.every((x) => x > 0 && x < 1)).toBe(true);
  });
});
