import { describe, expect, test } from "bun:test";
import type { JsonValue, Params } from "../../src/domain/types.ts";
import { perturb } from "../../src/search/perturb.ts";
import type { Trial } from "../../src/search/strategy.ts";
import { ask, boxSpace, search, spaceOf } from "../helpers/search.ts";

const space = spaceOf({ x: { low: 0, high: 1 }, lr: { low: 1e-6, high: 1, log: true } });

/** A history of draws, then of moves, with these losses. */
function historyOf(
  losses: (number | null)[],
  draws = 5,
  params: Params = { x: 0.5, lr: 1e-3 },
): Trial[] {
  return losses.map((loss, index) => ({
    index,
    params: { ...params, x: 0.5 + index / 1000 },
    loss,
    strategy: "perturb",
    provenance: { action: index < draws ? "draw" : "move" },
  }));
}

const stepAfter = (history: Trial[]): JsonValue | undefined =>
  ask(perturb, { space, history, index: history.length }).provenance.step;

describe("perturb", () => {
  test("draws first, then moves from the best and says so", () => {
    const actions = search(perturb, boxSpace(5), (params) => Number(params.x0) ** 2, {
      trials: 12,
    });
    expect(actions.map((trial) => trial.provenance?.action)).toEqual([
      ...Array.from({ length: 6 }, () => "draw"),
      ...Array.from({ length: 6 }, () => "move"),
    ]);
    const { provenance } = ask(perturb, { space, history: historyOf([5, 4, 1, 4, 5]), index: 5 });
    expect(provenance).toMatchObject({ action: "move", parent: 2 });
  });

  test("makes larger steps after success, smaller ones after none, equal ones on flat ground", () => {
    const first = Number(stepAfter(historyOf([5, 5, 5, 5, 5])));
    expect(stepAfter(historyOf([5, 5, 5, 5, 5, 4]))).toBeCloseTo(first * 1.5, 12);
    expect(stepAfter(historyOf([5, 5, 5, 5, 5, 6]))).toBeCloseTo(first * 0.9, 12);
    expect(stepAfter(historyOf([5, 5, 5, 5, 5, null]))).toBeCloseTo(first * 0.9, 12);
    expect(stepAfter(historyOf([5, 5, 5, 5, 5, 5]))).toBe(first);
  });

  test("takes no lesson about its step from the trials of others", () => {
    const others = historyOf([5, 5, 5, 5, 5, 4, 3, 9]).map((trial) => ({
      ...trial,
      strategy: "tree",
    }));
    expect(stepAfter(others)).toBe(Number(stepAfter(historyOf([5, 5, 5, 5, 5]))));
  });

  test("never moves from a failure, also when only failures were seen", () => {
    const failing = historyOf([null, null, null, null, null, null]);
    expect(ask(perturb, { space, history: failing, index: 6 }).provenance.action).toBe("draw");
    const oneGood = historyOf([null, null, 9, null, null, null]);
    expect(ask(perturb, { space, history: oneGood, index: 6 }).provenance.parent).toBe(2);
  });

  test("moves a log parameter by factors and a linear one by amounts", () => {
    const history = historyOf([1, 2, 2, 2, 2]);
    const moves = Array.from(
      { length: 300 },
      (_, seed) => ask(perturb, { space, history, seed, index: 5 }).params,
    );
    const factors = moves.map(({ lr }) => Math.log10(Number(lr) / 1e-3));
    // Six decades wide and a step of a fifth: more than a decade either way is ordinary.
    expect(factors.filter((f) => f > 0.5).length).toBeGreaterThan(80);
    expect(factors.filter((f) => f < -0.5).length).toBeGreaterThan(80);
    const amounts = moves.map(({ x }) => Number(x) - 0.5);
    expect(amounts.filter((a) => Math.abs(a) < 0.2).length).toBeGreaterThan(150);
  });

  test("changes at least one parameter, seldom all that have no order", () => {
    const choices = spaceOf(
      Object.fromEntries(
        ["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => [name, { choices: [1, 2, 3] }]),
      ),
    );
    const from = { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1 };
    const history: Trial[] = [0, 1, 2, 3, 4, 5].map((index) => ({
      index,
      params: from,
      loss: 1,
      strategy: null,
      provenance: null,
    }));
    const changes = Array.from({ length: 200 }, (_, seed) => {
      const { params } = ask(perturb, { space: choices, history, seed, index: 6 });
      return Object.values(params).filter((value) => value !== 1).length;
    });
    expect(Math.min(...changes)).toBe(1);
    expect(changes.reduce((a, b) => a + b) / 200).toBeLessThan(2.5);
  });

  test("moves a coarse int to its neighbours however small the step has become", () => {
    const coarse = spaceOf({ n: { type: "int", low: 0, high: 10 } });
    const history: Trial[] = Array.from({ length: 100 }, (_, index) => ({
      index,
      params: { n: 5 },
      loss: index === 0 ? 0 : 1,
      strategy: "perturb",
      provenance: { action: "move" },
    }));
    const seen = Array.from(
      { length: 20 },
      (_, seed) => ask(perturb, { space: coarse, history, seed, index: 100 }).params.n,
    );
    expect(new Set(seen)).toEqual(new Set([4, 6]));
  });
});
