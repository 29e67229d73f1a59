import { describe, expect, test } from "bun:test";
import { type Observation, observe } from "../../../src/search/tpe/observations.ts";
import { TPE_RULES } from "../../../src/search/tpe/rules.ts";
import { splitObservations } from "../../../src/search/tpe/split.ts";
import { spaceOf } from "../../helpers/search.ts";

const space = spaceOf({ x: { low: 0, high: 1 } });
const rules = { ...TPE_RULES.default, belowShare: 0.5 };
const params = { x: 0.5 };

const split = (trials: Omit<Observation, "params">[], by = rules) => {
  const rows = observe(
    space,
    trials.map((trial) => ({ params, ...trial })),
  );
  return splitObservations(rows, rows.count, by);
};

describe("splitObservations()", () => {
  test("has the best below, the earlier of equals first", () => {
    const losses = [3, 1, 2, 1, 2, 9];
    const result = split(losses.map((loss) => ({ state: "complete", loss })));
    expect(result).toEqual({ below: [1, 2, 3], above: [0, 4, 5] });
  });

  test("ranks pruned trials after complete ones, by how far they came, then by their report", () => {
    const trials: Omit<Observation, "params">[] = [
      { state: "pruned", step: null, loss: null },
      { state: "pruned", step: 5, loss: 0.5 },
      { state: "pruned", step: 9, loss: 7 },
      { state: "complete", loss: 100 },
      { state: "pruned", step: 5, loss: 0.4 },
      { state: "pruned", step: 5, loss: Number.NaN },
    ];
    const orders = [1, 2, 3, 4, 5, 6].map(
      (n) => split(trials, { ...rules, belowShare: n / 6 }).below,
    );
    const best = [3, 2, 4, 1, 5, 0];
    expect(orders).toEqual(best.map((_, i) => best.slice(0, i + 1).sort((a, b) => a - b)));
  });

  test("has failed and running trials above, or nowhere, as the rules say", () => {
    const trials: Omit<Observation, "params">[] = [
      { state: "failed" },
      { state: "running" },
      { state: "complete", loss: 1 },
      { state: "failed" },
    ];
    expect(split(trials)).toEqual({ below: [2], above: [0, 1, 3] });
    expect(split(trials, { ...rules, failures: "ignored", running: "ignored" })).toEqual({
      below: [2],
      above: [],
    });
    expect(split([{ state: "failed" }, { state: "failed" }])).toEqual({ below: [], above: [0, 1] });
  });

  test("never has more than 25 below", () => {
    const many = Array.from({ length: 400 }, (_, i) => ({ state: "complete" as const, loss: -i }));
    expect(split(many).below).toEqual(Array.from({ length: 25 }, (_, i) => 375 + i));
  });
});
