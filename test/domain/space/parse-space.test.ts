import { describe, expect, test } from "bun:test";
import { LabError } from "../../../src/domain/errors.ts";
import { parseSpace, spaceFromValue } from "../../../src/domain/space/parse-space.ts";

function problemsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof LabError && error.code === "usage") return error.details;
    throw error;
  }
  return [];
}

const problems = (text: string): string[] => problemsOf(() => parseSpace(text, "s.json"));

describe("parseSpace() reads", () => {
  test("the original's form", () => {
    const space = parseSpace(
      '{"lr": {"low": 1e-5, "high": 1e-2, "log": true, "type": "float"}, "n": {"low": 64, "high": 512, "type": "int"}}',
      "s.json",
    );
    expect(space.parameters).toEqual([
      { name: "lr", type: "float", low: 1e-5, high: 0.01, log: true, step: null },
      { name: "n", type: "int", low: 64, high: 512, log: false, step: null },
    ]);
  });

  test("every type, implied by its keys", () => {
    const space = parseSpace(
      "x: {low: 0, high: 1, step: 0.25}\no: {choices: [sgd, null, {a: [1]}]}\ns: {values: [1, 4, 16]}\nb: {type: bool}\nf: {value: {deep: true}}\n",
      "s.yaml",
    );
    expect(space.parameters).toEqual([
      { name: "x", type: "float", low: 0, high: 1, log: false, step: 0.25 },
      { name: "o", type: "categorical", choices: ["sgd", null, { a: [1] }] },
      { name: "s", type: "ordinal", values: [1, 4, 16] },
      { name: "b", type: "bool" },
      { name: "f", type: "fixed", value: { deep: true } },
    ]);
  });

  test("JSON indented with tabs and starting with a byte order mark", () => {
    const space = parseSpace('\ufeff{\n\t"x": {\n\t\t"low": 0,\n\t\t"high": 1\n\t}\n}\n', "s.json");
    expect(space.parameters).toHaveLength(1);
  });

  test("a step that fills its range but for the rounding of the bounds", () => {
    expect(problems('{"x": {"low": 2.015, "high": 2.016, "step": 0.001}}')).toEqual([]);
  });

  test("equal bounds, as a parameter with one value", () => {
    expect(problems('{"x": {"low": 2, "high": 2}}')).toEqual([]);
  });
});

describe("parseSpace() refuses", () => {
  test("all problems at once, each at its place", () => {
    const text = `{
  "lr": {"low": 0, "high": 1, "log": true},
  "n": {"type": "int", "low": 0.5, "high": 1e400},
  "d": {"low": 5, "high": 1, "step": 0}
}`;
    expect(problems(text)).toEqual([
      "s.json:2:17 lr: low must be > 0 when log is true: got 0",
      "s.json:3:31 n: low must be a whole number when type is int: got 0.5",
      "s.json:3:44 n: high must be a finite number: got Infinity",
      "s.json:4:38 d: step must be > 0: got 0",
      "s.json:4:16 d: low must be at most high: got low 5, high 1",
    ]);
  });

  const cases: [string, string, string][] = [
    ["a list", "[1, 2]", "s.json:1:1 expected an object of parameters, got a list"],
    ["nothing", "", "s.json:1:1 expected an object of parameters, got nothing"],
    ["an empty space", "{}", "s.json:1:1 the search space is empty"],
    ["a bare list", '{"o": [1, 2]}', 'o: expected an object such as {"choices": [...]}, got [1,2]'],
    ["a bare number", '{"o": 3}', 'o: expected an object such as {"low": 0, "high": 1}, got 3'],
    ["a parameter without keys", '{"o": {}}', "o: expected low and high, choices, values or value"],
    ["a missing bound", '{"x": {"low": 1}}', "s.json:1:2 x: high is missing"],
    ["a misspelt key", '{"x": {"low": 1, "hihg": 2}}', "(did you mean high?)"],
    ["another tool's key", '{"x": {"min": 1, "max": 2}}', "(did you mean low?)"],
    ["a misspelt type", '{"x": {"type": "flaot", "low": 1, "high": 2}}', "(did you mean float?)"],
    ["another tool's type", '{"x": {"type": "choice", "choices": [1]}}', "mean categorical?"],
    ["a key of another type", '{"x": {"choices": [1], "low": 1}}', "low does not apply to type"],
    ["a text as bound", '{"x": {"low": "1", "high": 2}}', 'low must be a number: got "1"'],
    ["NaN", '{"x": {"low": NaN, "high": 2}}', 'low must be a number: got "NaN"'],
    ["YAML's NaN", "x: {low: .nan, high: 2}", "low must be a finite number: got NaN"],
    [
      "a step beyond the range",
      '{"x": {"low": 0, "high": 1, "step": 3}}',
      "at most high - low (1)",
    ],
    ["a step too fine", '{"x": {"low": 0, "high": 1, "step": 1e-20}}', "at most 1e12 values"],
    ["a fractional int step", '{"x": {"type": "int", "low": 0, "high": 9, "step": 0.5}}', "whole"],
    ["ints beyond 2^53", '{"x": {"type": "int", "low": 0, "high": 1e17}}', "2^53"],
    ["a range beyond numbers", '{"x": {"low": -1e308, "high": 1e308}}', "high - low must be below"],
    ["log as text", '{"x": {"low": 1, "high": 2, "log": "yes"}}', 'true or false: got "yes"'],
    ["no choices", '{"x": {"choices": []}}', "a list with at least one value: got []"],
    ["equal choices", '{"x": {"choices": [1, {"a": 1}, 1.0]}}', "choices must differ: got 1 twice"],
    ["a key given twice", '{"x": {"low": 1, "low": 2, "high": 3}}', "x: low is given twice"],
    ["a parameter given twice", '{"x": {"value": 1},\n"x": {"value": 2}}', "first at s.json:1:2"],
    ["the name __proto__", '{"__proto__": {"value": 1}}', "expected a name of 1 to 100"],
    ["broken JSON", `{"x": {"low": 1`, "s.json:1:16"],
    ["an unknown alias", "x: *y", "Unresolved alias"],
    ["when", '{"x": {"low": 0, "high": 1, "when": {"o": 1}}}', "x: when is not supported"],
    ["constraints", '{"constraints": ["a < b"]}', "constraints: is reserved and not supported"],
    ["priors", '{"priors": {}}', "priors: is reserved and not supported"],
  ];
  test.each(cases)("%s", (_, text, expected) => {
    expect(problems(text).join("\n")).toContain(expected);
  });

  test("more than 1000 parameters", () => {
    const many = Object.fromEntries(
      Array.from({ length: 1001 }, (_, i) => [`p${i}`, { value: i }]),
    );
    expect(problems(JSON.stringify(many))).toEqual([
      "s.json:1:1 expected at most 1000 parameters, got 1001",
    ]);
  });
});

test("spaceFromValue() names the source, or the place it is told", () => {
  const value = { x: { low: 2, high: 1 } };
  expect(problemsOf(() => spaceFromValue(value, "SPEC.yaml"))).toEqual([
    "SPEC.yaml x: low must be at most high: got low 2, high 1",
  ]);
  const locate = (path: readonly string[]): string => `SPEC.yaml:9:1[${path.join(".")}]`;
  expect(problemsOf(() => spaceFromValue(value, "SPEC.yaml", locate))).toEqual([
    "SPEC.yaml:9:1[x.low] x: low must be at most high: got low 2, high 1",
  ]);
});
