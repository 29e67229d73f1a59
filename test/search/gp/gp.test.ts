import { describe, expect, test } from "bun:test";
import { paramsKey } from "../../../src/domain/canonical-json.ts";
import type { Params } from "../../../src/domain/types.ts";
import { gp } from "../../../src/search/gp/gp.ts";
import { modelOf } from "../../../src/search/gp/model.ts";
import { randomStream } from "../../../src/search/random-stream.ts";
import type { Trial } from "../../../src/search/strategy.ts";
import { ask, bestLoss, boxSpace, search, spaceOf } from "../../helpers/search.ts";
import type { Objective } from "../../helpers/search.ts";

function number(params: Params, name: string): number {
  const value = params[name];
  return typeof value === "number" ? value : Number.NaN;
}

/** A sphere in 5-D with its optimum away from the centre. */
function sphere(seed: number): Objective {
  const stream = randomStream(seed, 0, "optimum");
  const optimum = Array.from({ length: 5 }, () => -3.5 + 7 * stream.uniform());
  return (params) => optimum.reduce((sum, at, i) => sum + (number(params, `x${i}`) - at) ** 2, 0);
}

describe("gp", () => {
  test("reaches a thousandth of what random search leaves on a 5-D sphere in 60 trials", () => {
    for (const seed of [1, 2, 3]) {
      expect(bestLoss(search(gp, boxSpace(5), sphere(seed), { seed }))).toBeLessThan(0.01);
    }
  });

  test("is not thrown off by losses of a billion on the worse half", () => {
    const objective: Objective = (params) => {
      const loss = sphere(4)(params) ?? 0;
      return loss > 20 ? loss * 1e9 : loss;
    };
    expect(bestLoss(search(gp, boxSpace(5), objective))).toBeLessThan(0.05);
  });

  test("finds the best combination of choices, levels and numbers", () => {
    const space = spaceOf({
      lr: { low: 1e-5, high: 0.1, log: true },
      layers: { type: "int", low: 1, high: 6 },
      optimizer: { choices: ["sgd", "adam", "rmsprop", "lion"] },
      norm: { type: "bool" },
    });
    const history = search(
      gp,
      space,
      (params) => {
        const lion = params.optimizer === "lion";
        const rate = Math.log10(number(params, "lr")) + (lion ? 4 : 2);
        return (
          rate ** 2 +
          (number(params, "layers") - 4) ** 2 / 5 +
          (lion ? 0 : 0.5) +
          (params.norm === true ? 0 : 0.3)
        );
      },
      { trials: 100 },
    );
    const best = history.find(({ loss }) => loss === bestLoss(history));
    expect(best?.params).toMatchObject({ layers: 4, optimizer: "lion", norm: true });
    expect(best?.loss).toBeLessThan(1e-3);
  });

  test("after 50 trials, goes into a failing third at most half as often as chance", () => {
    const failing: Objective = (params) => (number(params, "x0") > 2 ? null : sphere(7)(params));
    const later = search(gp, boxSpace(5), failing, { trials: 110 }).slice(50);
    const failures = later.filter(({ loss }) => loss === null).length;
    expect(failures).toBeLessThanOrEqual(0.15 * later.length);
  });

  test("asked in parallel, spreads out instead of proposing the same spot", () => {
    const space = boxSpace(2);
    const history = search(gp, space, (params) => number(params, "x0") ** 2, { trials: 20 });
    const running: Params[] = [];
    for (let index = 20; index < 26; index++) {
      running.push(ask(gp, { space, history, running: [...running], index }).params);
    }
    for (const [i, one] of running.entries()) {
      for (const other of running.slice(0, i)) {
        const distance = Math.hypot(
          number(one, "x0") - number(other, "x0"),
          number(one, "x1") - number(other, "x1"),
        );
        expect(distance).toBeGreaterThan(0.01);
      }
    }
  });

  test("proposes the same whatever order the trials finished in", () => {
    const space = boxSpace(3);
    const history = search(
      gp,
      space,
      (params) => number(params, "x0") + number(params, "x1") ** 2,
      {
        trials: 30,
      },
    );
    const straight = ask(gp, { space, history, index: 30 });
    expect(ask(gp, { space, history: history.toReversed(), index: 30 })).toEqual(straight);
  });

  test("finds the lowest point that the constraints leave, on a branch of conditions", () => {
    const space = spaceOf({
      kind: { choices: ["plain", "deep"] },
      x: { low: 0, high: 1 },
      y: { low: 0, high: 1 },
      z: { low: 0, high: 1, when: { kind: "deep" } },
      constraints: ["x + y <= 0.8"],
    });
    const history = search(gp, space, ({ kind, ...params }) => {
      const depth = kind === "deep" ? (number(params, "z") - 0.7) ** 2 : 0.2;
      return (number(params, "x") - 0.6) ** 2 + (number(params, "y") - 0.6) ** 2 + depth;
    });
    // The nearest point of the line x + y = 0.8 is (0.4, 0.4).
    expect(bestLoss(history)).toBeGreaterThan(0.08 - 1e-9);
    expect(bestLoss(history)).toBeLessThan(0.081);
  });

  test("does not take the last value of a pruned run for the result to beat", () => {
    const space = boxSpace(1);
    const objective: Objective = (params) => (number(params, "x0") - 1) ** 2;
    const history = search(gp, space, objective, { trials: 12 });
    const pruned = { ...history[3], params: { x0: -4 }, loss: -1, pruned_at: 1 };
    const mixed = history.map((trial, i) => (i === 3 ? { ...trial, ...pruned } : trial));
    const model = modelOf({ space, history: mixed, running: [], budget: 60, seed: 1, index: 12 });
    const at = model?.leaders[0]?.[0] ?? Number.NaN;
    expect(Math.abs(at - 0.6)).toBeLessThan(0.1);
    expect(model?.best).toBeGreaterThan(model?.objective.at(Float64Array.of(0.1)).mean ?? 0);
  });

  test("starts with Sobol points that are all different", () => {
    const space = boxSpace(4);
    const keys = Array.from({ length: 5 }, (_, index) =>
      paramsKey(ask(gp, { space, index }).params),
    );
    expect(new Set(keys).size).toBe(5);
  });

  test("models a subset when there are more trials than it can take", () => {
    const space = boxSpace(2);
    const stream = randomStream(1, 0, "many");
    const history: Trial[] = Array.from({ length: 700 }, (_, index) => {
      const params = { x0: -5 + 10 * stream.uniform(), x1: -5 + 10 * stream.uniform() };
      const loss = (params.x0 - 1) ** 2 + (params.x1 + 2) ** 2;
      return { index, params, loss, strategy: "random", provenance: null };
    });
    const { params } = ask(gp, { space, history, index: 700 });
    expect(number(params, "x0")).toBeCloseTo(1, 1);
    expect(number(params, "x1")).toBeCloseTo(-2, 1);
  });
});
