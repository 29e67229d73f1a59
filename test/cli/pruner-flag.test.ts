import { describe, expect, test } from "bun:test";
import { prunerMeant } from "../../src/cli/pruner-flag.ts";

describe("prunerMeant()", () => {
  test("leaves the SPEC alone without a flag, and none is none", () => {
    expect(prunerMeant(undefined, "burst")).toBeUndefined();
    expect(prunerMeant("none", "burst")).toBeNull();
  });

  test("reads a rule with options", () => {
    const meant = prunerMeant("asha, eta=2, min_step=2", "burst");
    expect(meant).toMatchObject({ rule: "asha", eta: 2, min_step: 2 });
  });

  test.each([
    ["ahsa", "did you mean asha?"],
    ["asha,eta", "expected name=number, got 'eta'"],
    ["asha,eta=two", "expected name=number, got 'eta=two'"],
    ["asha,eta=1", "eta: expected a number above 1"],
    ["threshold", "threshold needs worst"],
    ["", "expected rule"],
  ])("refuses %j and says why", (flag, message) => {
    expect(() => prunerMeant(flag, "burst")).toThrow(message);
  });
});
