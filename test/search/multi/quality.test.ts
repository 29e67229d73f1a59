import { describe, expect, test } from "bun:test";
import {
  OBJECTIVE_PROBLEMS,
  type ObjectiveProblem,
} from "../../../scripts/bench/objective-problems.ts";
import {
  feasibleShare,
  searchObjectives,
  volumeUnder,
} from "../../../scripts/bench/search-objectives.ts";
import { auto } from "../../../src/search/auto.ts";
import { motpe } from "../../../src/search/multi/motpe.ts";
import { nsga2 } from "../../../src/search/multi/nsga2.ts";
import { random } from "../../../src/search/random.ts";
import type { Strategy, Trial } from "../../../src/search/strategy.ts";

const SEEDS = [1, 2, 3, 4, 5, 6];
const TRIALS = 100;

function searches(strategy: Strategy, { space, evaluate }: ObjectiveProblem): Trial[][] {
  return SEEDS.map((seed) => searchObjectives(strategy, space, evaluate, { seed, trials: TRIALS }));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe.each(OBJECTIVE_PROBLEMS.map((problem) => [problem.name, problem] as const))(
  "on %s",
  (_, problem) => {
    const controls = searches(random, problem);

    test.each([motpe, nsga2, auto])(
      "$name dominates more than random in 100 trials",
      (strategy) => {
        const ours = searches(strategy, problem).map((h) => volumeUnder(h, problem.reference));
        const theirs = controls.map((history) => volumeUnder(history, problem.reference));
        const wins = ours.filter((volume, i) => volume > (theirs[i] ?? Infinity)).length;
        expect(wins).toBeGreaterThanOrEqual(5);
        expect(mean(ours)).toBeGreaterThan(mean(theirs) * 1.03);
      },
    );
  },
);

test.each([motpe, nsga2, auto])("$name learns where the limits are kept", (strategy) => {
  const problem = OBJECTIVE_PROBLEMS.find(({ name }) => name.includes("limited"));
  if (problem === undefined) throw new Error("no problem with limits");
  const late = (found: Strategy): number =>
    mean(searches(found, problem).map((history) => feasibleShare(history.slice(50))));
  expect(late(random)).toBeLessThan(0.2);
  expect(late(strategy)).toBeGreaterThan(0.55);
});
