import { describe, expect, test } from "bun:test";
import { parseConstraint } from "../../../../src/domain/space/constraint/parse-constraint.ts";
import { ConstraintError } from "../../../../src/domain/space/constraint/tokens.ts";
import { spaceOf } from "../../../helpers/search.ts";

const parameters = new Map(
  spaceOf({
    a: { low: 0, high: 1 },
    batch: { type: "int", low: 1, high: 64 },
    "my-rate": { low: 0, high: 1 },
    "optim.lr": { low: 0, high: 1 },
    max: { low: 0, high: 1 },
    optimizer: { choices: ["sgd", "adam"] },
    mixed: { choices: [1, "auto"] },
    size: { values: [1, 2, 4] },
    norm: { type: "bool" },
  }).parameters.map((parameter) => [parameter.name, parameter]),
);

/** `column: problem`, or null when the text is fine. */
function problemOf(text: string): string | null {
  try {
    parseConstraint(text, parameters);
    return null;
  } catch (error) {
    if (error instanceof ConstraintError) return `${error.column}: ${error.message}`;
    throw error;
  }
}

describe("parseConstraint()", () => {
  test.each([
    "a <= batch",
    "  0.1<a<=.9 and (norm or not a > 1e-3)  ",
    "`my-rate` + optim.lr <= 1",
    "max(a, max) < 0.5",
    "optimizer == \"adam\" or optimizer != 'sgd'",
    "mixed == 1 or mixed == 'auto'",
    "norm == true and norm",
    "size % 2 == 0 or 2 ** -size > 0.1",
    "min(a, 1, 2) + abs(-a) * floor(a) - ceil(a) / sqrt(2) >= log(a) - exp(a)",
    "(a < 1) == (batch < 2)",
  ])("reads %p", (text) => {
    expect(problemOf(text)).toBeNull();
  });

  test("names each parameter once", () => {
    expect(parseConstraint("a < batch and `my-rate` < a", parameters).names).toEqual([
      "a",
      "batch",
      "my-rate",
    ]);
  });

  test.each([
    ["", "1: expected a value, got the end"],
    ["a <=", "5: expected a value, got the end"],
    ["a <= )", '6: expected a value, got ")"'],
    ["(a <= 1", "8: expected ), got the end"],
    ["a <= 1 batch", '8: expected an operator or the end, got "batch"'],
    ["a = 1", '3: unexpected "=": use == to compare'],
    ["a <= 1 && norm", '8: unexpected "&": use and'],
    ["a <= 1 || norm", '8: unexpected "|": use or'],
    ["a ^ 2 <= 1", '3: unexpected "^": use ** for powers'],
    ["! norm", '1: unexpected "!": use not, or != to compare'],
    ['optimizer == "adam', '14: " is never closed'],
    ["bach <= 1", "1: no parameter bach (did you mean batch?); a text is written in quotes"],
    ["optimizer == adam", "14: no parameter adam; a text is written in quotes"],
    ["sin(a) <= 1", "1: no function sin: expected min, max, abs, log, exp, sqrt, floor, ceil"],
    ["max(a) < 1", "1: max takes two values or more: got 1"],
    ["abs(a, a) < 1", "1: abs takes one value: got 2"],
    ["optimizer + 1 < 2", "11: + takes numbers: got optimizer, which is not always a number"],
    ["mixed < 2", "7: < takes numbers: got mixed, which is not always a number"],
    ["norm * a < 2", "6: * takes numbers: got norm, which is true or false"],
    ["a and norm", "3: and takes conditions: got a, which is a number"],
    ["not a", "1: not takes conditions: got a, which is a number"],
    ["a + batch", "1: expected a condition such as a <= b, got a number"],
    ["1 < 2", "1: names no parameter"],
    [
      'optimizer == "adm"',
      '11: optimizer is never "adm" (did you mean adam?); it is one of ["sgd","adam"]',
    ],
    ["size == 3", "6: size is never 3; it is one of [1,2,4]"],
    ['batch == "64"', "7: compares a number with a text"],
    ["batch == norm", "7: compares a number with true or false"],
    ["a < 1 and and norm", '11: expected a value, got "and"'],
    [`a < 1${" ".repeat(1000)}`, "1000: expected at most 1000 characters, got 1005"],
    [`${"(".repeat(60)}a`, "51: expected at most 50 levels"],
    [`${"not ".repeat(60)}norm`, "201: expected at most 50 levels"],
    [`${"-".repeat(60)}a < 1`, "51: expected at most 50 levels"],
    ["a < 1\u0000", '6: unexpected "\\u0000"'],
  ])("refuses %p at its column", (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });
});
