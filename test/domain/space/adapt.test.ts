import { describe, expect, test } from "bun:test";
import { adaptParams } from "../../../src/domain/space/adapt.ts";
import type { Params } from "../../../src/domain/types.ts";
import { spaceOf } from "../../helpers/search.ts";

const space = spaceOf({
  lr: { low: 0.1, high: 1 },
  optimizer: { choices: ["sgd", "adam"], default: "sgd" },
  momentum: { low: 0, high: 0.99, default: 0.9, when: { optimizer: "sgd" } },
  beta: { low: 0, high: 1, when: { optimizer: "adam" } },
  constraints: ["momentum < lr + 0.5"],
});

describe("adaptParams()", () => {
  test.each<[string, Params, Params | null]>([
    [
      "keeps params that fit",
      { lr: 1, optimizer: "adam", beta: 0.5 },
      { lr: 1, optimizer: "adam", beta: 0.5 },
    ],
    ["fills in defaults", { lr: 1 }, { lr: 1, optimizer: "sgd", momentum: 0.9 }],
    [
      "leaves out parameters that are gone",
      { lr: 1, optimizer: "sgd", momentum: 0.5, old: 3 },
      { lr: 1, optimizer: "sgd", momentum: 0.5 },
    ],
    [
      "leaves out parameters that have become conditional",
      { lr: 1, optimizer: "adam", momentum: 0.5, beta: 0.5 },
      { lr: 1, optimizer: "adam", beta: 0.5 },
    ],
    ["has no use for a value out of bounds", { lr: 2 }, null],
    ["has no use for a choice that is gone", { lr: 1, optimizer: "lion" }, null],
    ["does not replace an illegal value by the default", { lr: 1, momentum: 7 }, null],
    ["needs a value for a new parameter without default", { lr: 1, optimizer: "adam" }, null],
    ["has no use for params that break a constraint", { lr: 0.1 }, null],
  ])("%s", (_, params, expected) => {
    const before = structuredClone(params);
    expect(adaptParams(space, params)).toEqual(expected);
    expect(params).toEqual(before);
  });
});
