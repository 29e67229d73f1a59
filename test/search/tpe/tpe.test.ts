import { describe, expect, test } from "bun:test";
import type { Params } from "../../../src/domain/types.ts";
import { randomStream } from "../../../src/search/random-stream.ts";
import { random } from "../../../src/search/random.ts";
import type { Trial } from "../../../src/search/strategy.ts";
import { tpe, tpeStrategy } from "../../../src/search/tpe/tpe.ts";
import { ask, bestLoss, boxSpace, search, spaceOf } from "../../helpers/search.ts";
import type { Objective } from "../../helpers/search.ts";
import { faults } from "../../helpers/space-oracle.ts";

const SEEDS = Array.from({ length: 8 }, (_, seed) => seed);
const optuna5 = tpeStrategy("optuna5");

const at = (params: Params, name: string): number => Number(params[name]);
const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** A bowl in 5 dimensions with its lowest point at these coordinates. */
const bowl =
  (lowest: readonly number[]): Objective =>
  (params) =>
    lowest.reduce((sum, centre, i) => sum + (at(params, `x${i}`) - centre) ** 2, 0);

const somewhere = (seed: number): number[] => {
  const stream = randomStream(seed, 0, "optimum");
  return Array.from({ length: 5 }, () => -4 + 8 * stream.uniform());
};

describe("tpe", () => {
  test("is far better than random and than Optuna's rules on a bowl", () => {
    const space = boxSpace(5);
    const medians = [tpe, optuna5, random].map((strategy) =>
      median(
        SEEDS.map((seed) =>
          bestLoss(search(strategy, space, bowl(somewhere(seed)), { seed, trials: 100 })),
        ),
      ),
    );
    const [ours = 1, theirs = 0, blind = 0] = medians;
    expect(ours).toBeLessThan(theirs / 2);
    expect(ours).toBeLessThan(blind / 20);
  });

  test("starts with a Latin hypercube, each part of each range once", () => {
    const trials = search(tpe, boxSpace(3), () => 1, { trials: 10 });
    for (const name of ["x0", "x1", "x2"]) {
      const parts = trials.map(({ params }) => Math.floor(at(params, name) + 5));
      expect(parts.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
    expect(trials.map(({ provenance }) => provenance?.action)).toEqual(Array(10).fill("start"));
  });

  test.each<[string, (params: Params) => boolean]>([
    ["beyond a bound on one parameter", (params) => at(params, "x0") > 2],
    [
      "behind a slanted wall",
      (params) => at(params, "x0") + at(params, "x1") + at(params, "x2") > 2.6,
    ],
    ["in a corner", (params) => at(params, "x0") > -0.48 && at(params, "x1") > -0.48],
  ])("avoids a failing region %s, with the best point at its edge", (_, fails) => {
    const space = boxSpace(5);
    const lowest = fails({ x0: 2.1, x1: -5, x2: -5 }) ? [1.9, 1, -2, 3, 0] : [0.8, 0.8, 0.9, 3, 0];
    const best = fails({ x0: 0, x1: 0, x2: -5 }) ? [-0.5, -0.4, -2, 3, 0] : lowest;
    const objective: Objective = (params) => (fails(params) ? null : bowl(best)(params));
    const shareOfFailures = (strategy: typeof tpe): number => {
      const late = SEEDS.flatMap((seed) =>
        search(strategy, space, objective, { seed, trials: 100 }).slice(50),
      );
      return late.filter(({ loss }) => loss === null).length / late.length;
    };
    expect(shareOfFailures(random)).toBeGreaterThan(0.25);
    expect(shareOfFailures(tpe)).toBeLessThan(0.14);
  });

  test("learns which choice fails", () => {
    const space = spaceOf({ x: { low: -5, high: 5 }, k: { choices: "abcdefghij".split("") } });
    const objective: Objective = ({ x, k }) =>
      k === "a" || k === "b" || k === "c" ? null : Number(x) ** 2;
    const late = SEEDS.flatMap((seed) =>
      search(tpe, space, objective, { seed, trials: 80 }).slice(50),
    );
    expect(late.filter(({ loss }) => loss === null).length / late.length).toBeLessThan(0.05);
  });

  test("keeps away from what others are trying", () => {
    const space = boxSpace(2);
    const history = search(tpe, space, bowl([1, 1]), { trials: 30 });
    const distance = (a: Params, b: Params): number =>
      Math.hypot(at(a, "x0") - at(b, "x0"), at(a, "x1") - at(b, "x1"));
    const near = SEEDS.map((seed) => {
      const alone = ask(tpe, { space, history, seed, index: 30 }).params;
      const running = Array.from({ length: 8 }, () => alone);
      return distance(ask(tpe, { space, history, running, seed, index: 30 }).params, alone);
    });
    expect(near.filter((apart) => apart > 0.05).length).toBeGreaterThan(6);
  });

  test("finds the best branch of a conditional space and its best point", () => {
    const space = spaceOf({
      kind: { choices: ["a", "b", "c"] },
      x: { low: 0, high: 1, when: { kind: "a" } },
      y: { low: 1e-4, high: 1, log: true, when: { kind: "b" } },
      n: { type: "int", low: 1, high: 30, when: { kind: "c" } },
      z: { low: 0, high: 1 },
    });
    const objective: Objective = (params) => {
      const common = (at(params, "z") - 0.7) ** 2;
      if (params.kind === "a") return common + 0.3 + (at(params, "x") - 0.2) ** 2;
      if (params.kind === "b") return common + (Math.log10(at(params, "y")) + 3) ** 2;
      return common + 0.1 + ((at(params, "n") - 20) / 30) ** 2;
    };
    const results = SEEDS.map((seed) => search(tpe, space, objective, { seed, trials: 160 }));
    for (const { params } of results.flat()) expect(faults(space, params)).toEqual([]);
    expect(median(results.map(bestLoss))).toBeLessThan(0.01);
  });

  test("goes on visiting every choice, however good one of them is", () => {
    const space = spaceOf({ k: { choices: [0, 1, 2, 3] }, x: { low: 0, high: 1 } });
    const objective: Objective = ({ k, x }) => Number(k) + Number(x);
    const late = search(tpe, space, objective, { trials: 300 }).slice(150);
    const visits = late.filter(({ provenance }) => provenance?.action === "visit");
    expect(visits.length).toBeGreaterThan(10);
    expect(visits.length).toBeLessThan(40);
    expect(new Set(visits.map(({ params }) => params.k)).size).toBe(4);
    expect(late.filter(({ params }) => params.k === 0).length).toBeGreaterThan(100);
  });

  test("uses what trials of an older space still say", () => {
    const space = spaceOf({ x: { low: 0, high: 1 }, added: { choices: ["a", "b"] } });
    const history = Array.from({ length: 40 }, (_, index): Trial => {
      const x = index / 40;
      return { index, params: { x }, loss: (x - 0.3) ** 2, strategy: null, provenance: null };
    });
    const proposals = SEEDS.map((seed) => ask(tpe, { space, history, seed, index: 40 }).params);
    expect(median(proposals.map(({ x }) => Math.abs(Number(x) - 0.3)))).toBeLessThan(0.1);
  });

  test("takes a pruned trial for worse than any complete one", () => {
    const space = boxSpace(1);
    const history = Array.from({ length: 40 }, (_, index): Trial => {
      const x0 = -5 + index / 4;
      const trial = { index, params: { x0 }, strategy: null, provenance: null };
      // What was pruned reported less than any result: it looks best, and is not.
      return x0 > 0 ? { ...trial, loss: -100, pruned_at: 3 } : { ...trial, loss: (x0 + 3) ** 2 };
    });
    const proposals = SEEDS.map((seed) => ask(tpe, { space, history, seed, index: 40 }).params);
    expect(median(proposals.map((params) => Math.abs(at(params, "x0") + 3)))).toBeLessThan(1);
  });

  test("answers the same for a grown, a copied and a rewritten history", () => {
    const space = boxSpace(2);
    const whole = search(tpe, space, bowl([1, 2]), { trials: 40 });
    const request = (history: Trial[]) => ask(tpe, { space, history, index: 99 });
    const fromCopies = (history: Trial[]) => request(structuredClone(history));
    const [first, ...rest] = whole;
    if (first === undefined) throw new Error("no trials");
    const rewritten = [first, ...rest.map((trial) => ({ ...trial, loss: -(trial.loss ?? 0) }))];
    for (const history of [whole, whole.slice(0, 20), rewritten, whole, rest]) {
      expect(request(history)).toEqual(fromCopies(history));
    }
  });
});

describe("Optuna's variants", () => {
  test.each(["optuna4", "optuna5"] as const)("%s stays inside and beats random", (variant) => {
    const strategy = tpeStrategy(variant);
    const space = spaceOf({
      lr: { low: 1e-5, high: 0.1, log: true },
      layers: { type: "int", low: 1, high: 6 },
      units: { type: "int", low: 4, high: 512, log: true },
      optimizer: { choices: ["sgd", "adam"] },
      momentum: { low: 0, high: 0.99, when: { optimizer: "sgd" } },
    });
    const objective: Objective = (params) =>
      (Math.log10(at(params, "lr")) + 3) ** 2 +
      (at(params, "layers") - 4) ** 2 / 9 +
      (Math.log2(at(params, "units")) - 6) ** 2 / 9;
    const results = SEEDS.map((seed) => search(strategy, space, objective, { seed, trials: 80 }));
    for (const { params } of results.flat()) expect(faults(space, params)).toEqual([]);
    const blind = SEEDS.map((seed) =>
      bestLoss(search(random, space, objective, { seed, trials: 80 })),
    );
    expect(median(results.map(bestLoss))).toBeLessThan(median(blind));
  });
});
