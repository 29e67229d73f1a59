import { expect, test } from "bun:test";
import { paramsKey } from "../../src/domain/canonical-json.ts";
import { LabError } from "../../src/domain/errors.ts";
import type { Space } from "../../src/domain/space.ts";
import { grid } from "../../src/search/grid.ts";
import { ask, search, spaceOf } from "../helpers/search.ts";

const CONDITIONAL = spaceOf({
  model: { choices: ["tree", "net"] },
  depth: { type: "int", low: 1, high: 5, when: { model: "tree" } },
  layers: { type: "int", low: 1, high: 3, when: { model: "net" } },
  wide: { type: "bool", when: { layers: [2, 3] } },
});

const keysOf = (space: Space, seed: number, trials: number): string[] =>
  search(grid, space, () => 1, { seed, trials }).map(({ params }) => paramsKey(params));

test("grid proposes every point of a conditional space once, in the order of the seed", () => {
  const first = keysOf(CONDITIONAL, 1, 10);
  const second = keysOf(CONDITIONAL, 2, 10);
  expect(new Set(first).size).toBe(10);
  expect(first.toSorted()).toEqual(second.toSorted());
  expect(first).not.toEqual(second);
});

test("grid leaves out what breaks a constraint", () => {
  const space = spaceOf({
    a: { type: "int", low: 1, high: 4 },
    b: { type: "int", low: 1, high: 4 },
    constraints: ["a + b == 5"],
  });
  expect(new Set(keysOf(space, 1, 4)).size).toBe(4);
});

test("grid proposes by index alone while its point is free, else the next one", () => {
  const order = search(grid, CONDITIONAL, () => 1, { trials: 10 }).map(({ params }) => params);
  for (const index of [0, 4, 9]) {
    expect(ask(grid, { space: CONDITIONAL, index }).params).toEqual(order[index] ?? {});
  }
  const running = order.slice(4, 6);
  expect(ask(grid, { space: CONDITIONAL, index: 4, running }).params).toEqual(order[6] ?? {});
});

test("grid names the parameters that have no end, and what to do", () => {
  const space = spaceOf({
    lr: { low: 0.1, high: 1 },
    n: { type: "int", low: 1, high: 2 },
    wd: { low: 0, high: 1 },
  });
  let caught: unknown;
  try {
    ask(grid, { space });
  } catch (error) {
    caught = error;
  }
  if (!(caught instanceof LabError)) throw new Error("expected a LabError");
  expect(caught.code).toBe("usage");
  expect(caught.message).toContain("lr, wd");
  expect(caught.hint).toContain('"step"');
});

test("grid draws without repeating in a space too large to count", () => {
  const axis = { type: "int", low: 1, high: 10_000 };
  expect(new Set(keysOf(spaceOf({ x: axis, y: axis }), 1, 50)).size).toBe(50);
});
