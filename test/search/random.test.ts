import { expect, test } from "bun:test";
import { paramsKey } from "../../src/domain/canonical-json.ts";
import { random } from "../../src/search/random.ts";
import { ask, boxSpace, search, spaceOf } from "../helpers/search.ts";

test("random fills each range evenly, a log range evenly over its logarithm", () => {
  const space = spaceOf({
    x: { low: -1, high: 3 },
    lr: { low: 1e-4, high: 1, log: true },
    b: { type: "bool" },
  });
  const trials = search(random, space, () => 1, { trials: 2000 });
  const share = (holds: (params: (typeof trials)[number]["params"]) => boolean): number =>
    trials.filter(({ params }) => holds(params)).length / 2000;
  expect(share(({ x }) => Number(x) < 0)).toBeCloseTo(0.25, 1);
  expect(share(({ lr }) => Number(lr) < 0.01)).toBeCloseTo(0.5, 1);
  expect(share(({ b }) => b === true)).toBeCloseTo(0.5, 1);
});

test("random proposes the same at an index whatever happened before", () => {
  const space = boxSpace(3);
  const history = search(random, space, () => 1, { trials: 9 });
  expect(ask(random, { space, index: 9, history })).toEqual(ask(random, { space, index: 9 }));
});

test("random never repeats a point of a finite space while another is free", () => {
  const space = spaceOf({ n: { type: "int", low: 1, high: 500 }, b: { type: "bool" } });
  const trials = search(random, space, () => null, { trials: 1000 });
  expect(new Set(trials.map(({ params }) => paramsKey(params))).size).toBe(1000);
});

test("random draws from priors, also behind conditions", () => {
  const space = spaceOf({
    o: { choices: ["a", "b"] },
    x: { low: 0, high: 1, when: { o: "a" }, prior: { distribution: "beta", a: 8, b: 2 } },
  });
  const drawn = search(random, space, () => 1, { trials: 1000 }).flatMap(({ params }) =>
    params.x === undefined ? [] : [Number(params.x)],
  );
  expect(drawn.length).toBeGreaterThan(400);
  expect(drawn.reduce((a, b) => a + b) / drawn.length).toBeCloseTo(0.8, 1);
});

test("random repeats no point of a finite branch while the space has others", () => {
  const space = spaceOf({
    o: { choices: ["a", "b"] },
    x: { low: 0, high: 1, when: { o: "b" } },
  });
  const trials = search(random, space, () => 1, { trials: 50 });
  expect(trials.filter(({ params }) => params.o === "a")).toHaveLength(1);
});
