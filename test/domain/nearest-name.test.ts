import { describe, expect, test } from "bun:test";
import { didYouMean, nearestName } from "../../src/domain/nearest-name.ts";

const names = ["metric", "metric_direction", "time_budget_minutes", "tags", "goal", "max_runs"];

describe("nearestName()", () => {
  test.each([
    ["metrics", "metric"],
    ["metric_directon", "metric_direction"],
    ["metric-direction", "metric_direction"],
    ["Goal", "goal"],
    ["gaol", "goal"],
    ["tag", "tags"],
    ["time_budget", "time_budget_minutes"],
    ["mertic", "metric"],
  ])("finds %s near %s", (name, near) => {
    expect(nearestName(name, names)).toBe(near);
  });

  test.each(["", "x", "colour", "abcdefghijkl"])("finds nothing near %p", (name) => {
    expect(nearestName(name, names)).toBeNull();
  });

  test("prefers fewer mistakes", () => {
    expect(nearestName("max_run", ["max_hours", "max_runs"])).toBe("max_runs");
  });
});

describe("didYouMean()", () => {
  test("is empty when nothing is near", () => {
    expect(didYouMean("tagz", names)).toBe("; did you mean tags?");
    expect(didYouMean("colour", names)).toBe("");
  });
});
