import { expect, test } from "bun:test";
import { strategyNamed } from "../../src/search/registry.ts";
import { boxSpace, search, type Objective } from "../helpers/search.ts";

const LEARNT_AFTER = 50;
const TRIALS = 100;
const SEEDS = [1, 2, 3];

/** Fails on 30 % of the box, from x0 = 2 on; the best point lies close to that region. */
const beyondTheWall: Objective = (params) => {
  const best = [1, -2, 3, -1];
  const point = best.map((_, axis) => Number(params[`x${axis}`]));
  if ((point[0] ?? 0) > 2) return null;
  return point.reduce((sum, x, axis) => sum + (x - (best[axis] ?? 0)) ** 2, 0);
};

/** Share of the trials after the 50th that failed. */
function failingShare(name: string): number {
  const late = SEEDS.flatMap((seed) =>
    search(strategyNamed(name), boxSpace(4), beyondTheWall, { seed, trials: TRIALS }).slice(
      LEARNT_AFTER,
    ),
  );
  return late.filter((trial) => trial.loss === null).length / late.length;
}

const RANDOM = failingShare("random");

test("random fails on about 30 % of its trials", () => {
  expect(RANDOM).toBeGreaterThan(0.2);
  expect(RANDOM).toBeLessThan(0.4);
});

test.each(["tpe", "gp", "cmaes", "auto"])(
  "%s proposes into a failing region at most half as often as random after 50 trials",
  (name) => {
    expect(failingShare(name)).toBeLessThanOrEqual(RANDOM / 2);
  },
  60_000,
);
