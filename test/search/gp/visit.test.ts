import { expect, test } from "bun:test";
import { featuresOf, inputsOf } from "../../../src/search/gp/features.ts";
import { gp } from "../../../src/search/gp/gp.ts";
import { visitOf, visitedFeatures, visitedResults } from "../../../src/search/gp/visit.ts";
import { randomStream } from "../../../src/search/random-stream.ts";
import { boxSpace, search, spaceOf } from "../../helpers/search.ts";

const SPACE = spaceOf({ x: { low: 0, high: 1 }, kind: { choices: ["a", "b", "c"] } });
const FEATURES = featuresOf(SPACE);
const RESULTS = Array.from({ length: 30 }, (_, i) => ({
  inputs: inputsOf(FEATURES, { x: i / 30, kind: i < 20 ? "a" : "b" }),
  value: i,
}));

test("one ask in seven or so is a visit, most of them to what has had few results", () => {
  const visits = Array.from({ length: 2000 }, (_, index) =>
    visitOf(FEATURES, RESULTS, randomStream(1, index, "visit")),
  ).flatMap((visit) => visit ?? []);
  expect(visits.length / 2000).toBeGreaterThan(0.1);
  expect(visits.length / 2000).toBeLessThan(0.2);
  const to = (value: number): number => visits.filter((visit) => visit.value === value).length;
  expect(to(2)).toBeGreaterThan(5 * to(1));
  expect(to(1)).toBeGreaterThan(to(0));
  expect(to(0)).toBeGreaterThan(0);
});

test("there are none where there is nothing to choose", () => {
  const features = featuresOf(boxSpace(2));
  for (let index = 0; index < 100; index++) {
    expect(visitOf(features, [], randomStream(1, index, "visit"))).toBeNull();
  }
});

test("a visit knows one choice and the results with it alone", () => {
  const visit = { feature: 1, value: 1 };
  expect(visitedFeatures(visit, FEATURES).map(({ values }) => [...values])).toEqual([[], [1]]);
  expect(visitedResults(visit, RESULTS).map(({ value }) => value)).toEqual(
    Array.from({ length: 10 }, (_, i) => 20 + i),
  );
});

test("a branch that is best, but looks worse until its own parameters are right, is found", () => {
  const space = spaceOf({
    kind: { choices: ["easy", "hard"] },
    x: { low: 0, high: 1, when: { kind: "easy" } },
    y: { low: 0, high: 1, when: { kind: "hard" } },
    z: { low: 0, high: 1, when: { kind: "hard" } },
  });
  for (const seed of [1, 2, 3]) {
    const trials = search(
      gp,
      space,
      ({ kind, x, y, z }) =>
        kind === "easy"
          ? 0.3 + 0.2 * (Number(x) - 0.3) ** 2
          : 3 * (Number(y) - 0.8) ** 2 + 3 * (Number(z) - 0.2) ** 2,
      { seed, trials: 60 },
    );
    expect(Math.min(...trials.map(({ loss }) => loss ?? Infinity))).toBeLessThan(0.01);
  }
});
