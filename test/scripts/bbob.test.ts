import { describe, expect, test } from "bun:test";
import { randomStream } from "../../src/search/random-stream.ts";
import { BBOB } from "../../scripts/bench-search/bbob/bbob.ts";
import type { Draw, Landscape } from "../../scripts/bench-search/bbob/definition.ts";
import { drawPeaks, gallagher } from "../../scripts/bench-search/bbob/gallagher.ts";
import { oscillate, penalty, skew, stretch } from "../../scripts/bench-search/bbob/transforms.ts";
import { offCentre, rotate, rotation } from "../../scripts/bench-search/place.ts";
import { PROBLEMS } from "../../scripts/bench-search/problems.ts";
import golden from "./bbob-golden.json";

/** Values of the reference implementation are given in 15 digits or so; sums of ripples lose some. */
const SAME = 1e-8;

describe("BBOB", () => {
  test("agrees with COCO's own implementation, inside the box and outside", () => {
    // Instance 1 in 3-D of coco-experiment 2.8.2: its optimum, rotations and peaks, and what it
    // answered less f_opt. f21 is f22 with more peaks.
    expect(golden.map(({ number }) => number)).toEqual(numbers().filter((one) => one !== 21));
    for (const { number, place, r, q, peaks, optimum, points, values } of golden) {
      const land = peaks === undefined ? landOf(number, { place, r, q }) : gallagher(peaks, r);
      for (const [at, best] of optimum.entries()) {
        expect(land.optimum[at], `f${number}`).toBeCloseTo(best, 10);
      }
      for (const [at, point] of points.entries()) {
        const wanted = values[at] ?? NaN;
        const ratio = land.value(point) / wanted;
        expect(Math.abs(ratio - 1), `f${number} at ${point.join()}`).toBeLessThan(SAME);
      }
    }
  });

  test("is 0 at the optimum, which lies in the box off its centre, and above 0 elsewhere", () => {
    expect(BBOB.map(({ number }) => number)).toEqual(numbers());
    for (const dimensions of [2, 3, 5, 10]) {
      const stream = randomStream(7, dimensions, "points");
      for (const { number } of BBOB) {
        const land = landOf(number, drawn(dimensions, number));
        const name = `f${number} in ${dimensions}-D`;
        expect(Math.abs(land.value(land.optimum)), name).toBeLessThan(1e-9);
        expect(penalty(land.optimum), name).toBe(0);
        expect(Math.hypot(...land.optimum), name).toBeGreaterThan(0.5);
        for (let point = 0; point < 50; point++) {
          const x = land.optimum.map(() => 10 * stream.uniform() - 5);
          expect(land.value(x), name).toBeGreaterThan(0);
        }
      }
    }
  });

  test("has five functions whose coordinates do not depend on each other, and not more", () => {
    const separable = numbers().filter((number) => {
      const { value } = landOf(number, drawn(3, number));
      // The first coordinate changed gains as much whatever the others are.
      const gain = (b: number, c: number): number => value([2.1, b, c]) - value([-1.3, b, c]);
      return Math.abs(gain(0.4, -3) / gain(-4.2, 1.7) - 1) < 1e-6;
    });
    expect(separable).toEqual([1, 2, 3, 4, 5]);
  });

  test("f1 is the same from every side", () => {
    const draw = drawn(5, 1);
    const { value } = landOf(1, draw);
    const step = [0.3, -0.2, 0.5, 0.1, -0.7];
    const turned = rotate(draw.r, step);
    const from = (z: readonly number[]): number =>
      value(draw.place.map((best, at) => best + (z[at] ?? 0)));
    expect(from(turned)).toBeCloseTo(from(step), 12);
  });

  test("f4 is steeper on the positive side of every other coordinate", () => {
    const { optimum, value } = landOf(4, drawn(2, 4));
    const moved = (at: number, by: number): number =>
      value(optimum.map((best, index) => best + (index === at ? by : 0)));
    expect(moved(0, 1)).toBeGreaterThan(20 * moved(0, -1));
    expect(moved(1, 1) / moved(1, -1)).toBeLessThan(2);
  });

  test("f5 is linear inside the box and flat beyond its best corner", () => {
    const { optimum, value } = landOf(5, drawn(3, 5));
    const at = (share: number): number => value(optimum.map((best) => share * best));
    expect(at(0)).toBeCloseTo((at(-0.5) + at(0.5)) / 2, 10);
    expect(optimum.map(Math.abs)).toEqual([5, 5, 5]);
    expect(at(1.3)).toBe(0);
  });

  test("f6 is up to ten thousand times as high on the wrong side of the optimum", () => {
    const even = { place: [2, 2], r: identity(2), q: identity(2) };
    const { value } = landOf(6, even);
    expect(value([2.5, 2]) / value([1.5, 2])).toBeCloseTo(10_000 ** 0.9, -3);
  });

  test("f7 has plateaus, f8 its valley", () => {
    const even = { place: [2, -2], r: identity(2), q: identity(2) };
    const step = landOf(7, even);
    expect(step.value([4, -4])).toBe(step.value([4.2, -4.05]));
    expect(step.value([4, -4])).not.toBe(step.value([4.6, -4.05]));
    const valley = landOf(8, even);
    const [a = 0, b = 0] = valley.optimum;
    // z = (1 + t, (1 + t)^2) is the bottom.
    expect(valley.value([a - 1, b - 1])).toBeCloseTo(1, 12);
    expect(valley.value([a - 1, b + 1])).toBeGreaterThan(400);
  });

  test("f20 is best near a corner and has its second-best place far away", () => {
    const { optimum, value } = landOf(20, drawn(2, 20));
    expect(optimum.map((best) => Math.abs(best).toFixed(4))).toEqual(["2.1048", "2.1048"]);
    expect(value(optimum.map((best) => -best))).toBeGreaterThan(1);
  });

  test("f21 and f22 have one highest peak, of the condition number that was published", () => {
    for (const [count, condition] of [
      [101, 1000],
      [21, 1e6],
    ] as const) {
      const draw = drawn(3, count);
      const peaks = drawPeaks(draw, { count, condition, reach: 4.9 });
      const { value } = gallagher(peaks, draw.r);
      expect(peaks.length).toBe(count);
      expect(peaks[0]?.place).toEqual(draw.place);
      const [first = [], ...others] = peaks.map(({ steepness }) => steepness);
      expect(Math.max(...first) / Math.min(...first)).toBeCloseTo(Math.sqrt(condition), 6);
      const widths = new Set(others.map((axes) => Math.max(...axes).toFixed(6)));
      expect(widths.size).toBe(count - 1);
      expect(peaks.slice(1).map(({ height }) => height)).toEqual(
        peaks.slice(1).map((_, at) => 1.1 + (8 * at) / (count - 2)),
      );
      for (const { place, height } of peaks.slice(1)) {
        expect(height).toBeLessThanOrEqual(9.1 + 1e-12);
        // Not higher than the hill itself, lower where another one covers it.
        expect(value(place)).toBeLessThanOrEqual(oscillate(10 - height) ** 2 + 1e-9);
        expect(value(place)).toBeGreaterThan(0);
      }
    }
  });

  test("f23 is best on a whole lattice and rough at every scale between", () => {
    const { value } = landOf(23, { place: [1, 1], r: identity(2), q: identity(2) });
    expect(value([1.5, 1])).toBeCloseTo(0, 10);
    expect(value([1, 1.05])).toBeCloseTo(0, 7);
    for (const scale of [0.1, 1e-3, 1e-5]) {
      const slopes = [1 / 3, 1 / 7].map((share) => value([1 + share * scale, 1]) / scale);
      expect(Math.min(...slopes)).toBeGreaterThan(1);
    }
  });

  test("f24 has a second, wider funnel, which is worse", () => {
    const { optimum, value } = landOf(24, drawn(5, 24));
    const dimensions = 5;
    const s = 1 - 1 / (2 * Math.sqrt(dimensions + 20) - 8.2);
    const bad = Math.sqrt((2.5 ** 2 - 1) / s) / 2;
    const wrong = optimum.map((best) => -Math.sign(best) * bad);
    expect(value(optimum)).toBeCloseTo(0, 9);
    // One for each dimension, and the ripples.
    expect(value(wrong)).toBeGreaterThanOrEqual(dimensions);
    expect(value(wrong)).toBeLessThan(dimensions + 20 * dimensions);
  });
});

describe("building blocks", () => {
  test("T_osz keeps zero, one, signs and order", () => {
    expect([0, 1, -1].map(oscillate)).toEqual([0, 1, -1]);
    const xs = Array.from({ length: 400 }, (_, at) => at / 40 - 5);
    const ys = xs.map(oscillate);
    expect(ys.every((y, at) => at === 0 || y > (ys[at - 1] ?? Infinity))).toBe(true);
    expect(ys.every((y, at) => Math.sign(y) === Math.sign(xs[at] ?? NaN))).toBe(true);
    // exp(x + 0.049 (sin 10 x + sin 7.9 x)) at x = log 2.
    expect(oscillate(2)).toBeCloseTo(1.988409, 6);
  });

  test("T_asy stretches positive coordinates, the later the more; Lambda scales them", () => {
    expect(skew([4, -4, 4], 0.5)).toEqual([4, -4, 4 ** 2]);
    expect(stretch([1, 1, 1], 100)).toEqual([1, Math.sqrt(10), 10]);
    expect(penalty([5, -5])).toBe(0);
    expect(penalty([6, -7])).toBe(5);
  });

  test("rotations are orthogonal and differ from seed to seed", () => {
    for (const dimensions of [2, 3, 5, 10]) {
      const stream = randomStream(3, dimensions, "rotation");
      const rows = rotation(dimensions, stream);
      for (const [at, row] of rows.entries()) {
        for (const [other, product] of rotate(rows, row).entries()) {
          expect(product).toBeCloseTo(at === other ? 1 : 0, 12);
        }
      }
      expect(rotation(dimensions, stream)).not.toEqual(rows);
    }
  });
});

describe("problems", () => {
  test("are BBOB's 24, each once, in two to ten dimensions and in both halves", () => {
    const found = PROBLEMS.filter(
      ({ name, family }) => family === "continuous" && /^f\d\d-/.test(name),
    );
    expect(found.map(({ name }) => Number(name.slice(1, 3)))).toEqual(numbers());
    const dimensions = found.map(({ space }) => Object.keys(space).length);
    expect([Math.min(...dimensions), Math.max(...dimensions)]).toEqual([2, 10]);
    expect(found.filter(({ half }) => half === "report").length).toBe(12);
  });
});

/** 1 to 24. */
function numbers(): number[] {
  return Array.from({ length: 24 }, (_, at) => at + 1);
}

function landOf(number: number, draw: Omit<Draw, "stream"> & Partial<Draw>): Landscape {
  const definition = BBOB.find((one) => one.number === number);
  if (definition === undefined) throw new Error(`there is no f${number}`);
  return definition.land({ stream: randomStream(1, number, "peaks"), ...draw });
}

function drawn(dimensions: number, seed: number): Draw {
  const stream = randomStream(seed, dimensions, "draw");
  const place = offCentre(dimensions, stream);
  return {
    place,
    r: rotation(dimensions, stream),
    q: rotation(dimensions, stream),
    stream,
  };
}

function identity(dimensions: number): number[][] {
  return Array.from({ length: dimensions }, (_, row) =>
    Array.from({ length: dimensions }, (_column, column) => (row === column ? 1 : 0)),
  );
}
