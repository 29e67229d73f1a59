import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { crowdingDistances } from "../../../src/domain/pareto/crowding.ts";
import { dominates } from "../../../src/domain/pareto/dominates.ts";
import { nondominatedRanks } from "../../../src/domain/pareto/ranks.ts";

/** Whole numbers, so that equal losses and equal points are common. */
const points = (objectives: number) =>
  fc.array(fc.tuple(...Array.from({ length: objectives }, () => fc.integer({ min: 0, max: 6 }))), {
    maxLength: 40,
  });

/** Front by front, each what is left that nothing left dominates. */
function peeled(all: readonly number[][]): number[] {
  const ranks = all.map(() => -1);
  for (let rank = 0; ranks.includes(-1); rank++) {
    const left = all.flatMap((_, i) => (ranks[i] === -1 ? i : []));
    for (const i of left) {
      if (!left.some((j) => dominates(all[j] ?? [], all[i] ?? []))) ranks[i] = rank;
    }
  }
  return ranks;
}

describe("nondominatedRanks()", () => {
  test.each([1, 2, 3, 4])(
    "is what peeling front after front gives, %d objectives",
    (objectives) => {
      fc.assert(
        fc.property(points(objectives), (all) => {
          expect(nondominatedRanks(all)).toEqual(peeled(all));
        }),
        { seed: 7 },
      );
    },
  );

  test("sorts 20,000 points of two objectives in no time", () => {
    const all = Array.from({ length: 20_000 }, (_, i) => [i, (i * 7919) % 20_011]);
    const start = performance.now();
    expect(nondominatedRanks(all)).toHaveLength(20_000);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe("crowdingDistances()", () => {
  test("adds the sides of the box between the neighbours, by range", () => {
    const distances = crowdingDistances([
      [0, 10],
      [1, 5],
      [4, 2],
      [10, 0],
    ]);
    expect(distances).toEqual([Infinity, 0.4 + 0.8, 0.9 + 0.5, Infinity]);
  });

  test("leaves out an objective in which all are alike", () => {
    expect(
      crowdingDistances([
        [1, 2],
        [1, 3],
        [1, 5],
      ]),
    ).toEqual([Infinity, 1, Infinity]);
    expect(crowdingDistances([[1, 1]])).toEqual([0]);
    expect(crowdingDistances([])).toEqual([]);
  });
});
