import { describe, expect, test } from "bun:test";
import { LabError } from "../../../src/domain/errors.ts";
import { brokenBy, fitsSpace } from "../../../src/domain/space/axes.ts";
import { drawFeasible, repair } from "../../../src/domain/space/feasible.ts";
import { drawPoint, makeLegal } from "../../../src/search/draw.ts";
import { randomStream } from "../../../src/search/random-stream.ts";
import { spaceOf } from "../../helpers/search.ts";

const stream = (index: number) => randomStream(1, index, "feasible");

describe("drawFeasible()", () => {
  test("spreads evenly over the part that constraints leave", () => {
    const space = spaceOf({
      x: { low: 0, high: 1 },
      y: { low: 0, high: 1 },
      constraints: ["x + y <= 1"],
    });
    const points = Array.from({ length: 2000 }, (_, i) => drawFeasible(space, stream(i)));
    const low = points.filter((params) => params !== null && Number(params.x) < 0.5).length;
    expect(low / 2000).toBeCloseTo(0.75, 1);
    for (const params of points) expect(params !== null && fitsSpace(space, params)).toBe(true);
  });

  test.each<[string, Parameters<typeof spaceOf>[0]]>([
    [
      "a sliver",
      { x: { low: 0, high: 1e6 }, y: { low: 0, high: 1 }, constraints: ["x + y < 1e-3"] },
    ],
    [
      "a thin band",
      { x: { low: 0, high: 1 }, y: { low: 0, high: 1 }, constraints: ["abs(x - y) < 1e-6"] },
    ],
    [
      "one point of a million",
      {
        n: { type: "int", low: 0, high: 1000 },
        m: { type: "int", low: 0, high: 1000 },
        constraints: ["n == 617 and m == 345"],
      },
    ],
    [
      "a branch that constraints forbid but for one value",
      {
        o: { choices: ["a", "b"] },
        x: { low: 0, high: 1, step: 0.001, when: { o: "a" } },
        y: { low: 0, high: 1, step: 0.001, when: { o: "b" } },
        constraints: ["x < 0", "y >= 1"].slice(1).concat("x == 0.5"),
      },
    ],
  ])("finds %s", (_, value) => {
    const space = spaceOf(value);
    for (let index = 0; index < 10; index++) {
      expect(fitsSpace(space, drawPoint(space, stream(index)))).toBe(true);
    }
  });
});

test("repair() changes what constraints speak of, and nothing else", () => {
  const space = spaceOf({
    a: { low: 0, high: 1 },
    b: { low: 0, high: 1 },
    other: { low: 0, high: 1 },
    constraints: ["a + b <= 0.2"],
  });
  for (let index = 0; index < 100; index++) {
    const repaired = repair(space, { a: 0.9, b: 0.05, other: 0.123 }, stream(index));
    expect(repaired?.other).toBe(0.123);
    expect(brokenBy(space, repaired ?? {})).toBe(0);
  }
});

describe("makeLegal()", () => {
  const space = spaceOf({
    o: { choices: ["a", "b"] },
    x: { low: 0, high: 1, when: { o: "a" } },
    y: { low: 0, high: 1, when: { o: "b" } },
  });

  test("keeps a point of the space as it is", () => {
    expect(makeLegal(space, { o: "a", x: 0.5 }, stream(1))).toEqual({ o: "a", x: 0.5 });
  });

  test("draws what is missing or illegal and drops what is not active or not known", () => {
    const legal = makeLegal(space, { o: "b", x: 0.5, z: 1 }, stream(1));
    expect(Object.keys(legal)).toEqual(["o", "y"]);
    expect(fitsSpace(space, makeLegal(space, { o: "c" }, stream(2)))).toBe(true);
  });
});

test("drawPoint() says which constraints cannot be met", () => {
  const space = spaceOf({
    x: { low: 0, high: 1 },
    y: { low: 0, high: 1 },
    constraints: ["x < y"],
  });
  const [constraint] = space.constraints ?? [];
  if (constraint === undefined) throw new Error("no constraint");
  const reversed = spaceOf({
    x: { low: 2, high: 3 },
    y: { low: 0, high: 1 },
  });
  const impossible = { ...reversed, constraints: [constraint] };
  try {
    drawPoint(impossible, stream(1));
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    expect(error.message).toBe('no point of the space satisfies "x < y"');
    expect(error.code).toBe("usage");
  }
});
