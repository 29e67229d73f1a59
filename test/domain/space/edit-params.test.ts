import { describe, expect, test } from "bun:test";
import { editParams } from "../../../src/domain/space/edit-params.ts";
import { parseSpace } from "../../../src/domain/space/parse-space.ts";
import type { Params } from "../../../src/domain/types.ts";

const space = parseSpace(
  JSON.stringify({
    lr: { low: 0.001, high: 1, log: true },
    units: { type: "int", low: 8, high: 256 },
    kind: { type: "categorical", choices: ["adam", "sgd"] },
    momentum: { low: 0, high: 1, default: 0.9, when: { kind: "sgd" } },
  }),
  "test",
);
const PROPOSED: Params = { lr: 0.1, units: 16, kind: "adam" };

function edited(written: string): unknown {
  const result = editParams(space, PROPOSED, written);
  return result.kind === "params" ? result.params : result.problems;
}

describe("editParams()", () => {
  test("takes JSON or pairs, and keeps what is not mentioned", () => {
    expect(edited('{"lr": 0.5}')).toEqual({ ...PROPOSED, lr: 0.5 });
    expect(edited("lr=0.5 units=32")).toEqual({ ...PROPOSED, lr: 0.5, units: 32 });
    expect(edited(" lr = 0.5 ")).toEqual({ ...PROPOSED, lr: 0.5 });
    expect(edited("lr=1e-2, units=8")).toEqual({ ...PROPOSED, lr: 0.01, units: 8 });
  });

  test("brings in and takes out what depends on a choice", () => {
    expect(edited("kind=sgd")).toEqual({ lr: 0.1, units: 16, kind: "sgd", momentum: 0.9 });
    expect(edited('kind="sgd" momentum=0.5')).toMatchObject({ kind: "sgd", momentum: 0.5 });
  });

  test.each([
    ["lr=7", ["lr: expected a number from 0.001 to 1, got 7"]],
    ["units=8.5", [expect.stringContaining("units: expected a whole number")]],
    ["lr=0.1 unit=9", [expect.stringContaining("unit: no such parameter")]],
    ["momentum=0.5 unit=1", expect.arrayContaining([expect.stringContaining("momentum: applies")])],
    ["faster", [expect.stringContaining("expected name=value")]],
    ["=3", [expect.stringContaining("expected name=value")]],
    ["{lr: 1}", [expect.stringContaining("invalid JSON")]],
    ["kind=rmsprop", [expect.stringContaining('one of ["adam","sgd"]')]],
  ])("says what is wrong with %s", (written, problems) => {
    expect(edited(written)).toEqual(problems);
  });
});
