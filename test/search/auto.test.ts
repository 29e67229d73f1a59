import { expect, test } from "bun:test";
import type { Space } from "../../src/domain/space.ts";
import { auto } from "../../src/search/auto.ts";
import { cmaes } from "../../src/search/cmaes/cmaes.ts";
import { perturb } from "../../src/search/perturb.ts";
import { random } from "../../src/search/random.ts";
import type { Trial } from "../../src/search/strategy.ts";
import { ask, boxSpace, search, spaceOf } from "../helpers/search.ts";

const CONDITIONAL = spaceOf({
  model: { choices: ["a", "b"] },
  x: { low: 0, high: 1, when: { model: "a" } },
  y: { low: 0, high: 1 },
});

const sum = (params: Trial["params"]): number =>
  Object.values(params).reduce<number>((total, value) => total + Math.abs(Number(value) || 0), 0);

/** Who answers 40 asks after that many trials of random. */
function innerOf(space: Space, trials: number): Set<unknown> {
  const history = search(random, space, sum, { trials });
  const asks = Array.from({ length: 40 }, (_, i) =>
    ask(auto, { space, history, index: trials + i }),
  );
  return new Set(asks.map(({ provenance }) => provenance["by"]));
}

test("auto starts with gp, then asks tpe and perturb now and then, and leaves to tpe and cmaes later", () => {
  const space = boxSpace(2);
  expect(innerOf(space, 10)).toEqual(new Set(["gp"]));
  expect(innerOf(space, 50)).toEqual(new Set(["gp", "tpe", "perturb"]));
  expect(innerOf(space, 120)).toEqual(new Set(["gp", "tpe", "perturb"]));
  expect(innerOf(space, 310)).toEqual(new Set(["tpe", "cmaes"]));
});

test("auto never asks cmaes where parameters are choices or conditional", () => {
  expect(innerOf(CONDITIONAL, 120)).toEqual(new Set(["gp", "tpe", "perturb"]));
  expect(innerOf(CONDITIONAL, 310)).toEqual(new Set(["tpe"]));
});

test("auto counts running trials: parallel asks come from where sequential ones would", () => {
  const space = boxSpace(2);
  const running = search(random, space, sum, { trials: 310 }).map(({ params }) => params);
  expect(ask(auto, { space, running, index: 310 }).provenance["by"]).not.toBe("gp");
});

test("auto leaves the provenance of cmaes as it needs it: its generations move on", () => {
  const space = boxSpace(3);
  const history = search(random, space, sum, { trials: 300 });
  for (let index = 300; index < 360; index++) {
    const { params, provenance } = ask(auto, { space, history, index });
    history.push({ index, params, loss: sum(params), strategy: "auto", provenance });
  }
  const samples = history.flatMap(({ provenance }) => provenance?.["generation"] ?? []);
  expect(Math.max(...samples.map(Number))).toBeGreaterThan(2);
  const last = ask(cmaes, { space, history, index: 360 }).provenance;
  expect(Number(last["generation"])).toBeGreaterThan(2);
});

test("auto leaves the provenance of perturb as it needs it: its steps shrink when they lose", () => {
  const space = boxSpace(3);
  const history = search(random, space, sum, { trials: 30 });
  const step = (): number => Number(ask(perturb, { space, history, index: 99 }).provenance["step"]);
  const before = step();
  const index = Array.from({ length: 99 }, (_, i) => i).find(
    (i) => ask(auto, { space, history, index: i }).provenance["by"] === "perturb",
  );
  const { params, provenance } = ask(auto, { space, history, index: index ?? 0 });
  history.push({ index: 30, params, loss: 1e6, strategy: "auto", provenance });
  expect(step()).toBeCloseTo(0.9 * before, 9);
});
