import { expect, test } from "bun:test";
import { axesOf, fitsSpace } from "../../src/domain/space/axes.ts";
import { moveBetween, moveFrom, neighbourOf, pointBetween } from "../../src/search/move.ts";
import { randomStream } from "../../src/search/random-stream.ts";
import { spaceOf } from "../helpers/search.ts";

const space = spaceOf({
  n: { type: "int", low: 0, high: 9 },
  o: { choices: ["a", { b: 1 }, "c"] },
  f: { value: 1 },
});
const axes = axesOf(space);

test("moveFrom() changes something, however small the step", () => {
  const from = { n: 0, o: { b: 1 }, f: 1 };
  for (let index = 0; index < 200; index++) {
    const moved = moveFrom(axes, from, 1e-6, randomStream(1, index, "move"));
    expect(moved).not.toEqual(from);
    expect(fitsSpace(space, moved)).toBe(true);
  }
});

test("moveFrom() bounces off the bounds instead of sticking to them", () => {
  const box = spaceOf({ x: { low: 0, high: 1 } });
  const moved = Array.from({ length: 200 }, (_, index) =>
    Number(moveFrom(axesOf(box), { x: 0 }, 0.1, randomStream(1, index, "move")).x),
  );
  expect(moved.filter((x) => x === 0)).toEqual([]);
  expect(Math.max(...moved)).toBeGreaterThan(0.15);
});

test("moveFrom() draws anew what is not legal, and stays put in a space of one point", () => {
  const moved = moveFrom(axes, { n: 99, o: "gone" }, 0.1, randomStream(1, 1, "move"));
  expect(fitsSpace(space, moved)).toBe(true);
  const point = axesOf(spaceOf({ f: { value: 1 } }));
  expect(moveFrom(point, { f: 1 }, 0.1, randomStream(1, 1, "move"))).toEqual({ f: 1 });
});

test("moveBetween() stays between two points and takes values without order from either", () => {
  for (let index = 0; index < 100; index++) {
    const stream = randomStream(1, index, "between");
    const { n, o } = moveBetween(axes, { n: 8, o: "a", f: 1 }, { n: 2, o: "c", f: 1 }, stream);
    expect(Number(n)).toBeWithin(2, 9);
    expect(o === "a" || o === "c").toBe(true);
  }
});

const branches = spaceOf({
  o: { choices: ["a", "b"] },
  x: { low: 0, high: 1, when: { o: "a" } },
  y: { low: 0, high: 1, when: { o: "b" } },
  z: { low: 0, high: 1 },
  constraints: ["x + z <= 0.5"],
});

test("neighbourOf() draws what a switched choice activates, and keeps to the constraints", () => {
  const from = { o: "a", x: 0.25, z: 0.25 };
  const moved = Array.from({ length: 200 }, (_, index) =>
    neighbourOf(branches, from, 0.05, randomStream(1, index, "move")),
  );
  for (const params of moved) expect(fitsSpace(branches, params)).toBe(true);
  const switched = moved.filter(({ o }) => o === "b");
  expect(switched.length).toBeGreaterThan(10);
  expect(new Set(switched.map(({ y }) => y)).size).toBe(switched.length);
  const stayed = moved.filter(({ o }) => o === "a");
  for (const { x } of stayed) expect(Math.abs(Number(x) - 0.25)).toBeLessThan(0.3);
});

test("pointBetween() points on different branches lies on one of them", () => {
  const branch = (index: number) =>
    pointBetween(
      branches,
      { o: "a", x: 0.1, z: 0.1 },
      { o: "b", y: 0.9, z: 0.3 },
      randomStream(1, index, "move"),
    );
  const points = Array.from({ length: 50 }, (_, index) => branch(index));
  for (const params of points) {
    expect(fitsSpace(branches, params)).toBe(true);
    if (params.o === "b") expect(params.y).toBeCloseTo(0.9, 12);
    else expect(params.x).toBeCloseTo(0.1, 12);
    expect(Number(params.z)).toBeWithin(0.1, 0.3);
  }
  expect(new Set(points.map(({ o }) => o))).toEqual(new Set(["a", "b"]));
});
