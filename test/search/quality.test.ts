import { describe, expect, test } from "bun:test";
import type { Params } from "../../src/domain/types.ts";
import { perturb } from "../../src/search/perturb.ts";
import { randomStream } from "../../src/search/random-stream.ts";
import { random } from "../../src/search/random.ts";
import { tree } from "../../src/search/tree.ts";
import { bestLoss, boxSpace, search, spaceOf } from "../helpers/search.ts";
import type { Objective } from "../helpers/search.ts";

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);

/** A sphere whose optimum is somewhere in the box, never in its centre; another place per seed. */
function shiftedSphere(seed: number): Objective {
  const stream = randomStream(seed, 0, "optimum");
  const optimum = Array.from({ length: 5 }, () => -3.5 + 7 * stream.uniform());
  return (params) => optimum.reduce((sum, at, i) => sum + (number(params, `x${i}`) - at) ** 2, 0);
}

function number(params: Params, name: string): number {
  const value = params[name];
  return typeof value === "number" ? value : Number.NaN;
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe.each([perturb, tree])("$name", (strategy) => {
  test("ends far below random on a shifted 5-D sphere in 60 trials", () => {
    const space = boxSpace(5);
    const lowest = (name: typeof strategy): number[] =>
      SEEDS.map((seed) => bestLoss(search(name, space, shiftedSphere(seed), { seed })));
    const ours = lowest(strategy);
    const theirs = lowest(random);
    const wins = ours.filter((loss, seed) => loss < (theirs[seed] ?? 0) / 2).length;
    expect(wins).toBeGreaterThanOrEqual(18);
    expect(mean(ours)).toBeLessThan(mean(theirs) / 4);
  });

  test("solves a sphere that fails on one side of its optimum", () => {
    const space = boxSpace(5);
    const results = SEEDS.map((seed) => {
      const sphere = shiftedSphere(seed);
      const edge = number(argmin(seed), "x0") + 0.5;
      const failing: Objective = (params) => (number(params, "x0") > edge ? null : sphere(params));
      return [strategy, random].map((s) => bestLoss(search(s, space, failing, { seed })));
    });
    const wins = results.filter(([ours = Infinity, theirs = 0]) => ours < theirs).length;
    expect(wins).toBeGreaterThanOrEqual(17);
  });

  test("beats random on a mixed space with log, step, int and categorical parameters", () => {
    const space = spaceOf({
      lr: { low: 1e-5, high: 0.1, log: true },
      units: { type: "int", low: 16, high: 512, log: true },
      dropout: { low: 0, high: 0.5, step: 0.05 },
      layers: { type: "int", low: 1, high: 6 },
      optimizer: { choices: ["sgd", "adam", "rmsprop", "lion"] },
      norm: { type: "bool" },
    });
    const loss: Objective = (params) =>
      (Math.log10(number(params, "lr")) + 3.3) ** 2 +
      (Math.log2(number(params, "units")) - 7.5) ** 2 / 3 +
      8 * (number(params, "dropout") - 0.15) ** 2 +
      (number(params, "layers") - 4) ** 2 / 5 +
      (params.optimizer === "lion" ? 0 : 0.6) +
      (params.norm === true ? 0 : 0.3);
    const results = SEEDS.map((seed) =>
      [strategy, random].map((s) => bestLoss(search(s, space, loss, { seed }))),
    );
    const wins = results.filter(([ours = Infinity, theirs = 0]) => ours < theirs).length;
    expect(wins).toBeGreaterThanOrEqual(17);
  });
});

function argmin(seed: number): Params {
  const stream = randomStream(seed, 0, "optimum");
  return { x0: -3.5 + 7 * stream.uniform() };
}
