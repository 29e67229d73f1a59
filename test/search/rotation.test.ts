import { expect, test } from "bun:test";
import { nextArm } from "../../src/search/rotation.ts";

test("nextArm() goes round by trial index", () => {
  const arms = ["random", "perturb", "tree"];
  const turns = [0, 1, 2, 3, 10_000].map((index) => nextArm({ arms, index }));
  expect(turns).toEqual(["random", "perturb", "tree", "random", "perturb"]);
});

test("nextArm() refuses an empty swarm", () => {
  expect(() => nextArm({ arms: [], index: 0 })).toThrow("at least one strategy");
});
