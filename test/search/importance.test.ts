import { describe, expect, test } from "bun:test";
import { DIRECTIONS, type JsonValue, type Params } from "../../src/domain/types.ts";
import { toLoss } from "../../src/domain/metric.ts";
import { parameterImportance } from "../../src/search/importance.ts";
import { randomStream } from "../../src/search/random-stream.ts";
import type { Trial } from "../../src/search/strategy.ts";
import golden from "../fixtures/importance.json" with { type: "json" };
import { spaceOf } from "../helpers/search.ts";

function trialOf(index: number, params: Params, loss: number | null): Trial {
  return { index, params, loss, strategy: null, provenance: null };
}

describe("against Optuna", () => {
  const space = spaceOf(golden.space);
  const names = Object.keys(golden.space);

  test.each(golden.cases.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const direction = DIRECTIONS.find((known) => known === one.direction) ?? "minimize";
    const trials = one.rows.map((row, index) => {
      const values: [string, JsonValue][] = names.flatMap((name, column) => {
        const value = row[column] ?? null;
        return value === null ? [] : [[name, value]];
      });
      return trialOf(index, Object.fromEntries(values), toLoss(direction, Number(row.at(-1))));
    });
    const report = parameterImportance(space, trials);
    expect(report.trials).toBe(one.rows.length);
    expect(report.best).toBeGreaterThanOrEqual(Math.ceil(one.rows.length / 10));
    const expected = new Map<string, number>(Object.entries(one.divergence));
    expect(report.parameters.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    for (const { name, divergence } of report.parameters) {
      const relative = divergence / (expected.get(name) ?? 0) - 1;
      expect(Math.abs(relative), name).toBeLessThan(1e-9);
    }
  });
});

const space = spaceOf({
  strong: { low: 0, high: 1 },
  middle: { low: 0, high: 1 },
  weak: { low: 0, high: 1 },
  noise: { low: 0, high: 1 },
  choice: { choices: ["a", "b", "c"] },
  flag: { type: "bool" },
  only: { type: "fixed", value: 7 },
});

function randomTrials(count: number, loss: (params: Record<string, number>) => number): Trial[] {
  const random = randomStream(11, 0, "importance test");
  return Array.from({ length: count }, (_, index) => {
    const numbers = {
      strong: random.uniform(),
      middle: random.uniform(),
      weak: random.uniform(),
      noise: random.uniform(),
    };
    const rest = { choice: random.pick(["a", "b", "c"]), flag: random.chance(0.5), only: 7 };
    return trialOf(index, { ...numbers, ...rest }, loss(numbers));
  });
}

describe("parameterImportance()", () => {
  const additive = randomTrials(
    1000,
    ({ strong = 0, middle = 0, weak = 0 }) => 4 * strong + 2 * middle + weak,
  );

  test("ranks the terms of a sum, and gives what has no effect next to nothing", () => {
    const { parameters, best } = parameterImportance(space, additive);
    expect(parameters.slice(0, 3).map(({ name }) => name)).toEqual(["strong", "middle", "weak"]);
    for (const { name, share } of parameters.slice(3)) expect(share, name).toBeLessThan(0.02);
    expect(parameters.find(({ name }) => name === "only")?.share).toBe(0);
    expect(parameters.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(best).toBe(100);
  });

  test("counts neither failed nor pruned trials", () => {
    const more = [
      ...additive,
      trialOf(1000, additive[0]?.params ?? {}, null),
      { ...trialOf(1001, additive[1]?.params ?? {}, -99), pruned_at: 3 },
    ];
    expect(parameterImportance(space, more)).toEqual(parameterImportance(space, additive));
  });

  test("takes at least five as the best, and ties with the last of them too", () => {
    expect(parameterImportance(space, additive.slice(0, 20)).best).toBe(5);
    const tied = additive
      .slice(0, 20)
      .map((trial, index) => ({ ...trial, loss: index < 8 ? 1 : 2 }));
    expect(parameterImportance(space, tied).best).toBe(8);
  });

  test("says nothing of no trials, and of trials that are all as good", () => {
    const same = additive.map((trial) => ({ ...trial, loss: 3 }));
    for (const trials of [[], same]) {
      const { parameters } = parameterImportance(space, trials);
      expect(parameters.map(({ share }) => share)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    }
  });
});
