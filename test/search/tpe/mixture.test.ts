import { describe, expect, test } from "bun:test";
import type { Space } from "../../../src/domain/space.ts";
import type { Params } from "../../../src/domain/types.ts";
import { randomStream } from "../../../src/search/random-stream.ts";
import { dimensionsOf } from "../../../src/search/tpe/dimension.ts";
import { logDensity } from "../../../src/search/tpe/log-density.ts";
import { type Mixture, fitMixture } from "../../../src/search/tpe/mixture.ts";
import { observe, pointOf } from "../../../src/search/tpe/observations.ts";
import { TPE_RULES } from "../../../src/search/tpe/rules.ts";
import { sample } from "../../../src/search/tpe/sample.ts";
import { equalWeights } from "../../../src/search/tpe/weights.ts";
import { spaceOf } from "../../helpers/search.ts";

function fit(space: Space, trials: Params[], cells: "mass" | "blur" = "blur"): Mixture {
  const { cells: matrix, dimensions } = observe(
    space,
    trials.map((params) => ({ params, state: "complete" })),
  );
  const rules = { ...TPE_RULES.default, cells, breadth: 0.5 };
  return fitMixture(dimensions, matrix, equalWeights(trials.length), rules);
}

describe("logDensity()", () => {
  test("integrates to 1 over a continuous space", () => {
    const space = spaceOf({ x: { low: 0, high: 1 }, y: { low: 1, high: 100, log: true } });
    const mixture = fit(space, [
      { x: 0, y: 1 },
      { x: 0.3, y: 50 },
      { x: 0.35, y: 100 },
    ]);
    const steps = 300;
    let sum = 0;
    for (let i = 0; i < steps; i++) {
      for (let j = 0; j < steps; j++) {
        const point = Float64Array.of((i + 0.5) / steps, (j + 0.5) / steps);
        sum += Math.exp(logDensity(mixture, point)) / steps ** 2;
      }
    }
    expect(sum).toBeCloseTo(1, 3);
  });

  test("sums to 1 over bins and choices, uneven ones too", () => {
    const space = spaceOf({
      n: { type: "int", low: 1, high: 40, log: true },
      s: { low: 0, high: 1, step: 0.1, prior: { distribution: "normal", mu: 0.2, sigma: 0.3 } },
      c: { choices: ["a", "b", "c"] },
    });
    const mixture = fit(
      space,
      [
        { n: 3, s: 0.2, c: "a" },
        { n: 40, s: 0.3, c: "b" },
        { n: 5, s: 1, c: "a" },
      ],
      "mass",
    );
    const dimensions = dimensionsOf(space);
    let sum = 0;
    for (let n = 1; n <= 40; n++) {
      for (let s = 0; s <= 10; s++) {
        for (const c of ["a", "b", "c"]) {
          const point = pointOf(dimensions, { n, s: s / 10, c });
          sum += Math.exp(logDensity(mixture, point));
        }
      }
    }
    expect(sum).toBeCloseTo(1, 9);
  });

  test("takes a parameter that an observation lacks as anywhere", () => {
    const space = spaceOf({ x: { low: 0, high: 1 }, c: { choices: [1, 2, 3, 4] } });
    const mixture = fit(space, [{ x: 0.5 }, { x: 0.5 }, { x: 0.5 }]);
    const at = (x: number, c: number): number => logDensity(mixture, Float64Array.of(x, c));
    expect(at(0.5, 0)).toBeCloseTo(at(0.5, 3), 12);
    expect(at(0.5, 0)).toBeGreaterThan(at(0.1, 0) + 1);
  });

  test("keeps the branches of a conditional space apart", () => {
    const space = spaceOf({
      kind: { choices: ["a", "b"] },
      x: { low: 0, high: 1, when: { kind: "a" } },
      y: { low: 0, high: 1, when: { kind: "b" } },
    });
    const dimensions = dimensionsOf(space);
    const branch = { kind: "a", x: 0.2 };
    const alone = fit(space, [branch, branch]);
    const both = fit(space, [branch, branch, { kind: "b", y: 0.9 }, { kind: "b", y: 0.9 }]);
    const ratio = (mixture: Mixture, far: Params): number =>
      logDensity(mixture, pointOf(dimensions, branch)) -
      logDensity(mixture, pointOf(dimensions, far));
    // Where it is dense within branch a does not depend on what is known of branch b.
    expect(ratio(both, { kind: "a", x: 0.9 })).toBeGreaterThan(2);
    expect(ratio(alone, { kind: "a", x: 0.9 })).toBeGreaterThan(2);
    expect(ratio(alone, { kind: "b", y: 0.5 })).toBeGreaterThan(1);
    expect(Math.abs(ratio(both, { kind: "b", y: 0.9 }))).toBeLessThan(0.2);
  });

  test("leaves only the prior on a branch that nobody tried", () => {
    const space = spaceOf({
      kind: { choices: ["a", "b"] },
      c: { choices: [1, 2, 3], when: { kind: "a" } },
      x: { low: 0, high: 1, when: { kind: "a" } },
    });
    const branch = { kind: "a", c: 2, x: 0.2 };
    const point = pointOf(dimensionsOf(space), { kind: "b" });
    for (const trials of [
      [branch, branch],
      [
        { kind: "a", c: 2 },
        { kind: "a", x: 0.2 },
      ],
    ]) {
      // One of three kernels, and one of two kinds.
      expect(logDensity(fit(space, trials), point)).toBeCloseTo(Math.log(1 / 6), 9);
    }
  });

  test("is a number for a single observation in any corner of a huge or tiny range", () => {
    const space = spaceOf({
      n: { type: "int", low: -(2 ** 51), high: 2 ** 51 },
      x: { low: 1, high: 1 + 2 ** -50 },
      y: { low: 5e-324, high: 1e-323, log: true },
    });
    for (const cells of ["mass", "blur"] as const) {
      const mixture = fit(space, [{ n: 2 ** 51, x: 1, y: 5e-324 }], cells);
      for (const position of [0, 0.5, 1]) {
        const point = new Float64Array(3).fill(position);
        expect(logDensity(mixture, point)).toBeFinite();
      }
    }
  });
});

describe("sample()", () => {
  test("draws as often as the density says", () => {
    const space = spaceOf({ n: { type: "int", low: 0, high: 9 }, c: { choices: ["a", "b", "c"] } });
    const mixture = fit(
      space,
      [
        { n: 0, c: "a" },
        { n: 1, c: "b" },
        { n: 7, c: "a" },
        { n: 8, c: "c" },
      ],
      "mass",
    );
    const stream = randomStream(3, 0, "sample");
    const draws = 20_000;
    const counts = new Map<string, number>();
    for (let i = 0; i < draws; i++) {
      const key = sample(mixture, stream).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const n of Array.from({ length: 10 }, (_, i) => (i + 0.5) / 10)) {
      for (const c of [0, 1, 2]) {
        const expected = Math.exp(logDensity(mixture, Float64Array.of(n, c)));
        const share = (counts.get(`${n},${c}`) ?? 0) / draws;
        expect(Math.abs(share - expected)).toBeLessThan(5 * Math.sqrt(expected / draws) + 1e-4);
      }
    }
  });
});
