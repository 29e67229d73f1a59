import { expect, test } from "bun:test";
import { nearestName } from "../../src/domain/nearest-name.ts";

const names = ["random", "perturb", "tree"];

test("nearestName() finds a misspelt name, whatever its case", () => {
  expect(nearestName("rnadom", names)).toBe("random");
  expect(nearestName("Perturbb", names)).toBe("perturb");
  expect(nearestName("tre", names)).toBe("tree");
});

test("nearestName() says nothing when no name is close", () => {
  expect(nearestName("bayesian", names)).toBeNull();
  expect(nearestName("x", names)).toBeNull();
  expect(nearestName("", names)).toBeNull();
});
