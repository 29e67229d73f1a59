import { describe, expect, test } from "bun:test";
import { didYouMean, nearest } from "../../../src/domain/spec/nearest.ts";

const names = ["metric", "metric_direction", "time_budget_minutes", "tags", "goal", "max_runs"];

describe("nearest()", () => {
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
    expect(nearest(name, names)).toBe(near);
  });

  test.each(["", "x", "colour", "abcdefghijkl"])("finds nothing near %p", (name) => {
    expect(nearest(name, names)).toBeNull();
  });

  test("prefers fewer mistakes", () => {
    expect(nearest("max_run", ["max_hours", "max_runs"])).toBe("max_runs");
  });
});

describe("didYouMean()", () => {
  test("is empty when nothing is near", () => {
    expect(didYouMean("tagz", names)).toBe("; did you mean tags?");
    expect(didYouMean("colour", names)).toBe("");
  });
});
