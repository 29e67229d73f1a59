import { describe, expect, test } from "bun:test";
import {
  brokenConstraints,
  lossesOf,
  measuredOf,
  neededMetrics,
  parseOutputConstraint,
  violationOf,
  type OutputConstraint,
} from "../../src/domain/objectives.ts";

function limit(text: string): OutputConstraint {
  const parsed = parseOutputConstraint(text);
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed;
}

describe("parseOutputConstraint()", () => {
  test.each([
    ["memory_mb <= 4000", { metric: "memory_mb", op: "<=", limit: 4000 }],
    ["latency<50", { metric: "latency", op: "<", limit: 50 }],
    [" top 5 >= -1e-3 ", { metric: "top 5", op: ">=", limit: -0.001 }],
    ["x > +.5", { metric: "x", op: ">", limit: 0.5 }],
  ] as const)("reads %s", (text, expected) => {
    expect(parseOutputConstraint(text)).toEqual({ text: text.trim(), ...expected });
  });

  test.each([
    ["memory_mb", "expected a metric, one of <= < >= >, and a number"],
    ["memory_mb == 3", "expected a metric, one of"],
    ["memory_mb <= a lot", "expected a metric, one of"],
    ["memory_mb <= lots", `expected a number after <=, got "lots"`],
    ["memory_mb <= Infinity", `expected a number after <=, got "Infinity"`],
    ["memory_mb <= 1e999", `expected a number after <=, got "1e999"`],
    ["<= 4", "expected a metric, one of"],
    ["__proto__ <= 4", "does not reserve, got __proto__"],
    ["1 < x < 2", "expected a metric, one of"],
  ])("says what is wrong with %s", (text, message) => {
    expect(parseOutputConstraint(text)).toContain(message);
  });
});

describe("violationOf()", () => {
  const limits = [limit("memory <= 4"), limit("latency < 50"), limit("score >= 0.5")];

  test("is 0 exactly when all hold, else the sum of what is too much", () => {
    expect(violationOf(limits, { memory: 4, latency: 49.9, score: 0.5 })).toBe(0);
    expect(violationOf(limits, { memory: 6, latency: 60, score: 0.25 })).toBe(12.25);
  });

  test("is above 0 for a strict limit that is just met", () => {
    const violation = violationOf(limits, { memory: 4, latency: 50, score: 1 });
    expect(violation).toBeGreaterThan(0);
    expect(violation).toBeLessThan(1e-300);
  });

  test("is finite for the largest numbers, and null where something was not measured", () => {
    expect(violationOf([limit("x <= -1e308")], { x: 1e308 })).toBe(Number.MAX_VALUE);
    expect(violationOf(limits, { memory: 6, latency: 60 })).toBeNull();
  });

  test("names what is broken, with the number", () => {
    expect(brokenConstraints(limits, { memory: 6, score: 1 })).toEqual([
      "memory <= 4 (is 6)",
      "latency < 50 (is unknown)",
    ]);
  });
});

test("objectives become losses in their order, and all of them or nothing", () => {
  const objectives = [
    { metric: "accuracy", direction: "maximize" },
    { metric: "latency", direction: "minimize" },
  ] as const;
  expect(lossesOf(objectives, { latency: 12, accuracy: 0.9 })).toEqual([-0.9, 12]);
  expect(lossesOf(objectives, { accuracy: 0.9 })).toBeNull();
  expect(measuredOf({ metric: "accuracy" }, { value: 0.9, objectives: { latency: 12 } })).toEqual({
    accuracy: 0.9,
    latency: 12,
  });
  const output_constraints = [limit("latency <= 3"), limit("memory <= 4")];
  expect(neededMetrics({ objectives, output_constraints })).toEqual([
    "accuracy",
    "latency",
    "memory",
  ]);
});
