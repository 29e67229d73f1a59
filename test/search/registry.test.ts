import { expect, test } from "bun:test";
import { LabError } from "../../src/domain/errors.ts";
import { strategyNamed, strategyNames } from "../../src/search/registry.ts";

test("strategyNamed() finds every name it lists", () => {
  expect(strategyNames()).toContain("random");
  for (const name of strategyNames()) expect(strategyNamed(name).name).toBe(name);
});

test("strategyNamed() knows the names of the original", () => {
  expect(strategyNamed("bayesian").name).toBe("tpe");
  expect(strategyNamed("evolution").name).toBe("cmaes");
});

test("strategyNamed() lists what exists, and the nearest name", () => {
  const unknown = (name: string): LabError => {
    try {
      strategyNamed(name);
    } catch (error) {
      if (error instanceof LabError) return error;
    }
    throw new Error("expected a LabError");
  };
  expect(unknown("nonsense").message).toBe(
    `unknown strategy 'nonsense': expected ${strategyNames().join(", ")}`,
  );
  expect(unknown("nonsense").exitCode).toBe(2);
  expect(unknown("preturb").hint).toBe("Did you mean perturb?");
  expect(unknown("toString").code).toBe("usage");
});
