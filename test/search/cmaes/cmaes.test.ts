import { describe, expect, test } from "bun:test";
import type { Params } from "../../../src/domain/types.ts";
import { cmaes } from "../../../src/search/cmaes/cmaes.ts";
import { dimensionsOf } from "../../../src/search/cmaes/dimensions.ts";
import { gaussianAt, pulledIn } from "../../../src/search/cmaes/gaussian.ts";
import { firstState } from "../../../src/search/cmaes/replay.ts";
import { promisingRegion } from "../../../src/search/cmaes/start.ts";
import { stateAfter } from "../../../src/search/cmaes/states.ts";
import { diagonal } from "../../../src/search/math/matrix.ts";
import type { Trial } from "../../../src/search/strategy.ts";
import { ask, bestLoss, boxSpace, search, spaceOf } from "../../helpers/search.ts";
import type { Objective } from "../../helpers/search.ts";

function number(params: Params, name: string): number {
  const value = params[name];
  return typeof value === "number" ? value : Number.NaN;
}

/** A valley 100 times longer than wide, across the axes; lowest at (1, 2, 1, 2). */
const valley: Objective = (params) => {
  const [a = 0, b = 0, c = 0, d = 0] = [0, 1, 2, 3].map(
    (i) => number(params, `x${i}`) - 1 - (i % 2),
  );
  return (a - b) ** 2 * 100 + (a + b) ** 2 + (c - d) ** 2 * 100 + (c + d) ** 2;
};

function foreign(index: number, params: Params, loss: number | null): Trial {
  return { index, params, loss, strategy: "random", provenance: null };
}

describe("cmaes", () => {
  test("descends a narrow valley across the axes", () => {
    expect(bestLoss(search(cmaes, boxSpace(4), valley, { trials: 600 }))).toBeLessThan(1e-4);
  });

  test("solves a mixed space without freezing a level or a category", () => {
    const space = spaceOf({
      x: { low: 0, high: 1 },
      n: { type: "int", low: 1, high: 20 },
      s: { low: 0, high: 1, step: 0.1 },
      c: { choices: ["a", "b", "c", "d"] },
      flag: { type: "bool" },
    });
    const history = search(
      cmaes,
      space,
      (params) =>
        (number(params, "x") - 0.8) ** 2 +
        (number(params, "n") - 17) ** 2 / 100 +
        (number(params, "s") - 0.2) ** 2 +
        (params.c === "d" ? 0 : 0.2) +
        (params.flag === true ? 0 : 0.1),
      { trials: 250 },
    );
    const best = history.find(({ loss }) => loss === bestLoss(history));
    expect(best?.params).toMatchObject({ n: 17, s: 0.2, c: "d", flag: true });
    const late = history.slice(-60).map(({ params }) => params);
    for (const name of ["n", "c", "flag"]) {
      expect(new Set(late.map((params) => params[name])).size).toBeGreaterThan(1);
    }
  });

  test("after 50 trials, goes into a failing third at most half as often as chance", () => {
    const failing: Objective = (params) => (number(params, "x0") > 2 ? null : valley(params));
    const later = search(cmaes, boxSpace(4), failing, { trials: 150 }).slice(50);
    const failures = later.filter(({ loss }) => loss === null).length;
    expect(failures).toBeLessThanOrEqual(0.15 * later.length);
  });

  test("starts where the best results of others lie", () => {
    const space = boxSpace(2);
    const others = search(
      { ...cmaes, name: "other" },
      space,
      (params) => (number(params, "x0") - 3) ** 2 + (number(params, "x1") + 3) ** 2,
      { trials: 60 },
    ).map(({ index, params, loss }) => foreign(index, params, loss));
    for (let index = 60; index < 70; index++) {
      const { params } = ask(cmaes, { space, history: others, index });
      expect(Math.abs(number(params, "x0") - 3)).toBeLessThan(3.5);
      expect(Math.abs(number(params, "x1") + 3)).toBeLessThan(3.5);
    }
  });

  test("lets a better result of another strategy pull its mean", () => {
    const space = boxSpace(3);
    const dimensions = dimensionsOf(space);
    const objective: Objective = (params) => (number(params, "x0") - 4.5) ** 2;
    const own = search(cmaes, space, objective, { trials: 6 });
    const meanWith = (trial: Trial): number => {
      const state = stateAfter({ space, dimensions, seed: 1 }, [...own, trial]);
      return state.distribution.gaussian?.mean[0] ?? Number.NaN;
    };
    const better = meanWith(foreign(6, { x0: 4.5, x1: 0, x2: 0 }, 0));
    const worse = meanWith(foreign(6, { x0: -4.5, x1: 0, x2: 0 }, 81));
    expect(worse).toBe(0.5);
    expect(better).toBeGreaterThan(0.5);
  });

  test("proposes the same whatever order the trials finished in, remembered or not", () => {
    const space = boxSpace(3);
    const history = search(cmaes, space, (params) => number(params, "x0") ** 2, { trials: 50 });
    const straight = ask(cmaes, { space, history, index: 50 });
    expect(ask(cmaes, { space, history: history.toReversed(), index: 50 })).toEqual(straight);
    const copies = structuredClone({ space, history });
    expect(ask(cmaes, { ...copies, index: 50 })).toEqual(straight);
    // Another history that ends in the same trial must not be taken for this one.
    const changed = history.map((trial, i) => (i === 20 ? { ...trial, loss: -100 } : trial));
    expect(ask(cmaes, { space, history: changed, index: 50 })).not.toEqual(straight);
    expect(ask(cmaes, { space, history, index: 50 })).toEqual(straight);
  });

  test("learns from the branch that ran, and keeps within constraints", () => {
    const space = spaceOf({
      kind: { choices: ["a", "b", "c"] },
      x: { low: 0, high: 1 },
      y: { low: 0, high: 1, when: { kind: ["a", "b"] } },
      sub: { choices: ["p", "q", "r"], when: { kind: "b" } },
      constraints: ["x + y <= 1.2"],
    });
    const history = search(
      cmaes,
      space,
      (params) =>
        (number(params, "x") - 0.9) ** 2 +
        ("y" in params ? (number(params, "y") - 0.9) ** 2 : 1) +
        (params.sub === "q" ? 0 : 0.3),
      { trials: 250 },
    );
    const best = history.find(({ loss }) => loss === bestLoss(history));
    expect(best?.params).toMatchObject({ kind: "b", sub: "q" });
    expect(best?.loss).toBeLessThan(0.19);
    const states = history.map(({ provenance }) => provenance?.generation);
    expect(Math.max(...states.map(Number))).toBeGreaterThan(10);
  });

  test("restarts elsewhere with twice the population when results no longer differ", () => {
    const history = search(cmaes, boxSpace(2), () => 1, { trials: 60 });
    const restarts = history.map(({ provenance }) => provenance?.restart);
    // 6 a generation and two flat ones, then 12.
    expect(restarts.slice(0, 12)).toEqual(Array.from({ length: 12 }, () => 0));
    expect(restarts.slice(12, 36)).toEqual(Array.from({ length: 24 }, () => 1));
    expect(restarts[36]).toBe(2);
  });

  test("takes trials whose raw point belongs to older bounds as those of others", () => {
    const old = spaceOf({ x: { low: 0, high: 1 }, y: { low: 0, high: 1 } });
    const wider = spaceOf({ x: { low: 0, high: 10 }, y: { low: 0, high: 10 } });
    const history = search(cmaes, old, (params) => number(params, "x"), { trials: 20 });
    const dimensions = dimensionsOf(wider);
    const { distribution, best } = firstState({ space: wider, dimensions, seed: 1 }, history);
    const { provenance } = ask(cmaes, { space: wider, history, index: 20 });
    expect(provenance.generation).toBe(0);
    expect(best).toBe(bestLoss(history));
    expect(distribution.gaussian?.mean[0]).toBeLessThan(0.1);
  });
});

test("pulledIn() shortens only what is farther out than a sample may be", () => {
  const gaussian = gaussianAt(Float64Array.of(0.5, 0.5), 0.1, diagonal(Float64Array.of(1, 4)));
  const near = Float64Array.of(0.6, 0.7);
  expect(pulledIn(gaussian, near)).toEqual(near);
  // Two standard deviations a unit along the second axis: the limit is sqrt(2) + 1 of them.
  const [x = 0, y = 0] = pulledIn(gaussian, Float64Array.of(0.5, 9));
  expect(x).toBeCloseTo(0.5, 12);
  expect(y).toBeCloseTo(0.5 + 0.2 * (Math.SQRT2 + 1), 12);
});

test("promisingRegion() agrees with get_warm_start_mgd of the reference", () => {
  const points = [
    [0.1, 0.7],
    [0.3, 0.4],
    [0.2, 0.9],
  ].map((point) => Float64Array.from(point));
  const { mean, sigma, covariance } = promisingRegion(points, 0.1);
  const expected = {
    mean: [0.20000000000000004, 0.6666666666666666],
    sigma: 0.1665999599626255,
    covariance: [0.6004805767690767, -0.36028834606144705, -0.36028834606144705, 1.881505807209775],
  };
  for (const [i, value] of expected.mean.entries()) expect(mean[i]).toBeCloseTo(value, 12);
  expect(sigma).toBeCloseTo(expected.sigma, 12);
  for (const [i, value] of expected.covariance.entries()) {
    expect(covariance[i]).toBeCloseTo(value, 12);
  }
});
