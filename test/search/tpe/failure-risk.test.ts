import { describe, expect, test } from "bun:test";
import { randomStream } from "../../../src/search/random-stream.ts";
import { failureRisk } from "../../../src/search/tpe/failure-risk.ts";
import { observe } from "../../../src/search/tpe/observations.ts";
import { spaceOf } from "../../helpers/search.ts";

const space = spaceOf({
  x: { low: 0, high: 1 },
  y: { low: 0, high: 1 },
  z: { low: 0, high: 1 },
  c: { choices: [0, 1, 2, 3, 4] },
});

/** Share of new points whose outcome the risk foretells, learnt from so many random trials. */
function accuracy(fails: (point: number[]) => boolean, trials: number): number {
  const stream = randomStream(5, 0, "points");
  const draw = (): number[] => [
    stream.uniform(),
    stream.uniform(),
    stream.uniform(),
    stream.integer(5),
  ];
  const past = observe(
    space,
    Array.from({ length: trials }, () => draw()).map((point) => {
      const [x = 0, y = 0, z = 0, c = 0] = point;
      return { params: { x, y, z, c }, state: fails(point) ? "failed" : "complete", loss: 1 };
    }),
  );
  const risk = failureRisk(past, trials);
  if (risk === null) throw new Error("nothing failed");
  const points = Array.from({ length: 1000 }, () => draw());
  const right = points.filter((point) => risk(Float64Array.from(point)) > 0.5 === fails(point));
  return right.length / points.length;
}

describe("failureRisk()", () => {
  test.each<[string, (point: number[]) => boolean, number]>([
    ["a bound on one number", ([, y = 0]) => y > 0.7, 0.96],
    ["a range of one number", ([x = 0]) => x > 0.4 && x < 0.6, 0.94],
    ["some choices", ([, , , c = 0]) => c === 1 || c === 3, 1],
    ["a wall across three numbers", ([x = 0, y = 0, z = 0]) => x + y + z > 1.8, 0.92],
  ])("finds out that it is %s that fails", (_, fails, expected) => {
    expect(accuracy(fails, 100)).toBeGreaterThanOrEqual(expected);
  });

  test("is null when nothing failed, and below 1 when everything did", () => {
    const rows = (state: "failed" | "complete") =>
      observe(
        space,
        [0.1, 0.5, 0.9].map((x) => ({ params: { x, y: x, z: x, c: 1 }, state })),
      );
    expect(failureRisk(rows("complete"), 3)).toBeNull();
    const risk = failureRisk(rows("failed"), 3);
    const at = risk?.(Float64Array.of(0.5, 0.5, 0.5, 1)) ?? 0;
    expect(at).toBeGreaterThan(0.6);
    expect(at).toBeLessThan(1);
  });
});
