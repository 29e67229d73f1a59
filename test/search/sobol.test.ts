import { expect, test } from "bun:test";
import { sobol } from "../../src/search/sobol.ts";
import { ask, boxSpace, search, spaceOf } from "../helpers/search.ts";

test("sobol visits each of 64 slices of every parameter once in 64 trials", () => {
  const trials = search(sobol, boxSpace(8), () => 1, { trials: 64 });
  for (let axis = 0; axis < 8; axis++) {
    const slices = trials.map(({ params }) => Math.floor((Number(params[`x${axis}`]) + 5) * 6.4));
    expect(new Set(slices).size).toBe(64);
  }
});

test("sobol proposes by seed and index alone", () => {
  const space = boxSpace(3);
  const history = search(sobol, space, () => 1, { trials: 9 });
  expect(ask(sobol, { space, index: 9, history })).toEqual(ask(sobol, { space, index: 9 }));
  expect(ask(sobol, { space, seed: 2 })).not.toEqual(ask(sobol, { space }));
});

test("sobol moves every parameter of a space with more than its sequence has dimensions", () => {
  const trials = search(sobol, boxSpace(90), () => 1, { trials: 5 });
  for (let axis = 0; axis < 90; axis++) {
    expect(new Set(trials.map(({ params }) => params[`x${axis}`])).size).toBe(5);
  }
});

test("sobol follows priors and log ranges", () => {
  const space = spaceOf({ lr: { low: 1e-4, high: 1, log: true } });
  const trials = search(sobol, space, () => 1, { trials: 64 });
  expect(trials.filter(({ params }) => Number(params["lr"]) < 0.01)).toHaveLength(32);
});
