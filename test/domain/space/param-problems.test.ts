import { expect, test } from "bun:test";
import { paramProblems } from "../../../src/domain/space/param-problems.ts";
import { spaceOf } from "../../helpers/search.ts";

const space = spaceOf({
  lr: { low: 0.1, high: 1 },
  optimizer: { choices: ["sgd", "adam"] },
  momentum: { low: 0, high: 0.99, when: { optimizer: "sgd" } },
  constraints: ["momentum < lr"],
});

test("paramProblems() says what a person got wrong", () => {
  expect(paramProblems(space, { lr: 1, optimizer: "sgd", momentum: 0.5 })).toEqual([]);
  expect(paramProblems(space, { lr: 7, optimizer: "sgd", rate: 1 })).toEqual([
    "rate: no such parameter (lr, optimizer, momentum)",
    "lr: expected a number from 0.1 to 1, got 7",
    "momentum: expected a number from 0 to 0.99, got nothing",
  ]);
  expect(paramProblems(space, { lr: 1, optimizer: "adam", momentum: 0.5 })).toEqual([
    'momentum: applies only with optimizer "sgd"; leave it out',
  ]);
  expect(paramProblems(space, { lr: 0.1, optimizer: "sgd", momentum: 0.5 })).toEqual([
    "the constraint momentum < lr does not hold",
  ]);
});
