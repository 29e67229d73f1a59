import { expect, test } from "bun:test";
import { coerceText, snapToGrid } from "../../../src/app/trial-files/coerce.ts";
import type { JsonValue } from "../../../src/domain/types.ts";
import { spaceOf } from "../../helpers/search.ts";

function parameter(declared: JsonValue) {
  const [first] = spaceOf({ p: declared }).parameters;
  if (first === undefined) throw new Error("no parameter");
  return first;
}

const cases: [JsonValue, string, JsonValue][] = [
  [{ low: 0, high: 1 }, " 0.5 ", 0.5],
  [{ low: 1e-9, high: 1, log: true }, "1e-3", 0.001],
  [{ type: "int", low: 0, high: 9 }, "3.0", 3],
  [{ low: 0, high: 1 }, "often", "often"],
  [{ type: "bool" }, "True", true],
  [{ type: "bool" }, "0", false],
  [{ choices: ["a", 1, "1", true, null] }, "1", "1"],
  [{ choices: ["a", 1, 2.5] }, "1.0", 1],
  [{ choices: [true, null] }, "True", true],
  [{ choices: [true, null] }, "None", null],
  [{ choices: ["a", [1, 2]] }, "[1, 2]", [1, 2]],
  [{ choices: [" a", "a"] }, " a", " a"],
  [{ choices: ["a"] }, " a ", "a"],
  [{ values: ["s", "m"] }, "m", "m"],
  [{ value: 20 }, "20", 20],
];
test.each(cases)("coerceText() as %j reads %j as %j", (declared, text, expected) => {
  expect(coerceText(parameter(declared), text)).toEqual(expected);
});

test("snapToGrid() mends rounding and nothing else", () => {
  const rate = parameter({ low: 0, high: 1, step: 0.1 });
  expect(snapToGrid(rate, 0.1 + 0.2)).toBe(0.3);
  expect(snapToGrid(rate, 0.35)).toBe(0.35);
  expect(snapToGrid(parameter({ low: 0, high: 1 }), 0.1 + 0.2)).toBe(0.1 + 0.2);
});
