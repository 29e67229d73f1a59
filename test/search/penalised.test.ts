import { describe, expect, test } from "bun:test";
import type { Params } from "../../src/domain/types.ts";
import { lossOf } from "../../src/search/loss.ts";
import { withPenalties } from "../../src/search/penalised.ts";
import { strategyNamed } from "../../src/search/registry.ts";
import type { Trial } from "../../src/search/strategy.ts";
import { ask, boxSpace } from "../helpers/search.ts";

function told(losses: readonly (readonly [number | null, number?])[]): Trial[] {
  return losses.map(([loss, violation], index) => ({
    index,
    params: { x0: index },
    loss,
    ...(violation === undefined ? {} : { violation }),
    strategy: null,
    provenance: null,
  }));
}

function seen(history: Trial[]): number[] {
  const request = { space: boxSpace(1), history, running: [], budget: 9, seed: 1, index: 9 };
  return withPenalties(request).history.map(lossOf);
}

describe("withPenalties()", () => {
  test("puts infeasible trials behind the worst feasible one, by how far they are off", () => {
    const [good = 0, bad = 0, near = 0, far = 0, failed] = seen(
      told([[1, 0], [5], [-100, 0.01], [-200, 1e9], [null]]),
    );
    expect([good, bad, failed]).toEqual([1, 5, Infinity]);
    expect(near).toBeGreaterThan(bad);
    expect(far).toBeGreaterThan(near);
  });

  test("goes by the violation alone while nothing is feasible", () => {
    expect(seen(told([[1, 3], [0, 5], [null]]))).toEqual([3, 5, Infinity]);
  });

  test("changes nothing without infeasible trials", () => {
    const request = {
      space: boxSpace(1),
      history: told([[1, 0], [2]]),
      running: [],
      budget: 9,
      seed: 1,
      index: 2,
    };
    expect(withPenalties(request)).toBe(request);
  });

  test("stays finite with the largest numbers", () => {
    const losses = seen(told([[-1e308], [1e308], [0, Number.MAX_VALUE], [0, 5e-324]]));
    expect(losses.every(Number.isFinite)).toBe(true);
  });
});

/** Lowest where it is not allowed: x0 must be 2 at least, x1 at most 0, about a seventh of the box. */
function limited(params: Params): { loss: number; violation: number } {
  const at = (name: string): number => {
    const value = params[name];
    return typeof value === "number" ? value : Number.NaN;
  };
  const loss = (at("x0") + 1) ** 2 + (at("x1") - 1) ** 2 + at("x2") ** 2;
  return { loss, violation: Math.max(0, 2 - at("x0")) + Math.max(0, at("x1")) };
}

describe.each(["tpe", "gp", "cmaes", "perturb", "tree", "auto"].map(strategyNamed))(
  "$name",
  (strategy) => {
    test("keeps limits that its best losses would break", () => {
      const best: number[] = [];
      let late = 0;
      // One search of a Gaussian process takes as long as many of the others.
      const seeds = ["gp", "auto"].includes(strategy.name) ? [1] : [1, 2, 3];
      for (const seed of seeds) {
        const history: Trial[] = [];
        for (let index = 0; index < 50; index++) {
          const space = boxSpace(3);
          const { params, provenance } = ask(strategy, { space, history, seed, index });
          history.push({ index, params, ...limited(params), strategy: strategy.name, provenance });
        }
        const feasible = history.filter(({ violation }) => violation === 0);
        late += feasible.filter(({ index }) => index >= 30).length / (20 * seeds.length);
        best.push(Math.min(...feasible.map(lossOf)));
      }
      // The best that is allowed is 10, in a corner of the limits.
      expect(Math.min(...best)).toBeLessThan(16);
      // Random keeps them in 15 of 100. A process looks along the limits, on both sides.
      if (seeds.length > 1) expect(late).toBeGreaterThan(0.25);
    });
  },
);
