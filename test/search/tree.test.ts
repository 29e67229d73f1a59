import { describe, expect, test } from "bun:test";
import type { Params } from "../../src/domain/types.ts";
import type { Trial } from "../../src/search/strategy.ts";
import { tree } from "../../src/search/tree.ts";
import { ask, boxSpace, search, spaceOf } from "../helpers/search.ts";

const space = boxSpace(2);

function trialOf(index: number, loss: number | null, provenance: Params | null = null): Trial {
  return { index, params: { x0: index / 10, x1: -index / 10 }, loss, strategy: "tree", provenance };
}

/** What 200 seeds would do next. */
function answers(history: Trial[]): Params[] {
  return Array.from(
    { length: 200 },
    (_, seed) => ask(tree, { space, history, seed, index: history.length }).provenance,
  );
}

const count = (list: Params[], part: Params): number =>
  list.filter((item) => Object.entries(part).every(([key, value]) => item[key] === value)).length;

describe("tree", () => {
  test("drafts, then mostly improves the best, and keeps drafting now and then", () => {
    const history = [3, 1, 2, 4, 5].map((loss, index) => trialOf(index, loss, { action: "draft" }));
    expect(count(answers(history.slice(0, 4)), { action: "draft", parent: null })).toBe(200);
    const next = answers(history);
    expect(count(next, { action: "improve", parent: 1 })).toBeGreaterThan(170);
    expect(count(next, { action: "draft" })).toBeGreaterThan(0);
  });

  test("leaves a node whose children never gain for one that is almost as good", () => {
    const roots = [1, 1.001, 2, 2, 2].map((loss, index) => trialOf(index, loss));
    const children = [5, 6, 7, 8].map((index) =>
      trialOf(index, 3, { action: "improve", parent: 0 }),
    );
    expect(
      count(answers([...roots, ...children]), { action: "improve", parent: 1 }),
    ).toBeGreaterThan(170);
  });

  test("repairs failed leaves, part of the way back to the ancestor that worked", () => {
    const history = [
      ...[1, 2, 3, 4].map((loss, index) => trialOf(index, loss)),
      { ...trialOf(4, null, { action: "improve", parent: 3 }), params: { x0: 4, x1: 4 } },
    ];
    const next = answers(history);
    const repairs = count(next, { action: "debug", parent: 4 });
    expect(repairs).toBeGreaterThan(20);
    expect(repairs).toBeLessThan(80);
    for (let seed = 0; seed < 200; seed++) {
      const { params, provenance } = ask(tree, { space, history, seed, index: 5 });
      if (provenance.action !== "debug") continue;
      expect(Number(params.x0)).toBeWithin(0.3, 3.1);
      expect(Number(params.x1)).toBeWithin(-0.3, 3.1);
    }
  });

  test("gives up on repairs after three in a row, and on a failure already repaired", () => {
    const failures = [
      trialOf(5, null, { action: "draft", parent: null }),
      ...[6, 7, 8].map((index) => trialOf(index, null, { action: "debug", parent: index - 1 })),
    ];
    const roots = [1, 2, 3, 4, 5].map((loss, index) => trialOf(index, loss));
    expect(count(answers([...roots, ...failures]), { action: "debug" })).toBe(0);
    expect(
      count(answers([...roots, ...failures.slice(0, 3)]), { action: "debug", parent: 7 }),
    ).toBeGreaterThan(20);
  });

  test("drafts as long as everything fails", () => {
    const history = Array.from({ length: 20 }, (_, index) => trialOf(index, null));
    expect(count(answers(history), { action: "draft" })).toBe(200);
  });

  test("children of a gain step further, a parent of losses less far", () => {
    const roots = [9, 9, 9, 9].map((loss, index) => trialOf(index, loss));
    const gain = [...roots, trialOf(4, 1, { action: "improve", parent: 0, step: 0.1 })];
    expect(count(answers(gain), { action: "improve", parent: 4, step: 0.1 * 1.5 })).toBeGreaterThan(
      170,
    );
    const parent = trialOf(4, 1, { action: "draft", parent: null, step: 0.1 });
    const loss = [...roots, parent, trialOf(5, 2, { action: "improve", parent: 4, step: 0.1 })];
    expect(count(answers(loss), { action: "improve", parent: 4, step: 0.1 * 0.9 })).toBeGreaterThan(
      170,
    );
  });

  test("records a lineage that leads to a draft", () => {
    const mixed = spaceOf({ x: { low: 0, high: 1 }, o: { choices: ["a", "b"] } });
    const history = search(tree, mixed, ({ x }) => (Number(x) > 0.8 ? null : Number(x)), {
      trials: 60,
    });
    for (const trial of history) {
      const { action, parent } = trial.provenance ?? {};
      if (action === "draft") expect(parent).toBeNull();
      else expect(Number(parent)).toBeWithin(0, trial.index);
    }
    expect(new Set(history.map((trial) => trial.provenance?.action))).toEqual(
      new Set(["draft", "improve", "debug"]),
    );
  });
});
