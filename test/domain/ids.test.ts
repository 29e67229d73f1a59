import { describe, expect, test } from "bun:test";
import { experimentIdProblem, leaseId, runId } from "../../src/domain/ids.ts";

const AT = new Date("2026-11-23T18:10:37.846Z");

describe("experimentIdProblem()", () => {
  test("takes names that are safe as folders", () => {
    for (const id of ["a", "7", "my-exp_1.2", "X".repeat(100)]) {
      expect(experimentIdProblem(id)).toBeNull();
    }
  });

  test("says what is wrong with any other", () => {
    const bad = ["", ".", "..", ".hidden", "-x", "a/b", "a\\b", "a b", "é", "a\n", "x.lock", "x."];
    for (const id of bad) expect(experimentIdProblem(id)).toContain(JSON.stringify(id));
    expect(experimentIdProblem("x".repeat(101))).toContain("101");
  });
});

describe("runId()", () => {
  test("has the original's form, and sorts by time and attempt", () => {
    expect(runId(AT, "scout", 0)).toBe("RUN-20261123-181037-846000-scout");
    expect(runId(AT, "scout", 7)).toBe("RUN-20261123-181037-846007-scout");
  });

  test("makes a safe name of any role", () => {
    expect(runId(AT, "../ë vil", 0)).toBe("RUN-20261123-181037-846000--vil");
    expect(runId(AT, "", 0)).toEndWith("-run");
    expect(runId(AT, "r".repeat(300), 0).length).toBeLessThan(80);
  });
});

test("leaseId() names its experiment", () => {
  expect(leaseId(AT, "tune")).toBe("LEASE-20261123-181037-846000-tune");
});
