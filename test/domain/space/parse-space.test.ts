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

describe("parseSpace() reads", () => {
  test("conditions, defaults and constraints, and passes over $schema", () => {
    const space = parseSpace(
      `{
        "$schema": "space.schema.json",
        "o": {"choices": ["a", [1]], "default": "a"},
        "x": {"low": 0, "high": 1, "when": {"o": "a"}},
        "y": {"low": 0, "high": 1, "when": {"o": ["a", [1]]}},
        "constraints": ["x < y"]
      }`,
      "s.json",
    );
    expect(space.parameters.map(({ when }) => when)).toEqual([
      undefined,
      [{ parent: "o", values: ["a"] }],
      [{ parent: "o", values: ["a", [1]] }],
    ]);
    expect(space.parameters[0]?.default).toBe("a");
    expect(space.constraints?.map(({ text, names }) => [text, names])).toEqual([
      ["x < y", ["x", "y"]],
    ]);
    expect(structuredClone(space)).toEqual(space);
  });

  test("parameters named when, prior or priors", () => {
    expect(
      problems('{"when": {"value": 1}, "prior": {"value": 1}, "priors": {"value": 1}}'),
    ).toEqual([]);
  });

  test("conditions on a parent that has a problem of its own, without a second complaint", () => {
    expect(
      problems(
        '{"o": {"choices": []}, "x": {"value": 1, "when": {"o": 1}}, "constraints": ["o < 1"]}',
      ),
    ).toEqual(["s.json:1:19 o: choices must be a list with at least one value: got []"]);
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
    ["when as text", '{"x": {"low": 0, "high": 1, "when": "o"}}', "when must be an object such as"],
    ["when without a value", '{"x": {"value": 1, "when": {"o": []}}}', "when.o must be a value or"],
    ["when without a key", '{"x": {"value": 1, "when": {}}}', "when names no parameter"],
    [
      "an unknown parent",
      '{"x": {"value": 1, "when": {"o": 1}}, "oo": {"value": 1}}',
      "s.json:1:34 x: when o: no such parameter (did you mean oo?)",
    ],
    [
      "a value the parent cannot have",
      '{"o": {"choices": ["a", "b"]}, "x": {"value": 1, "when": {"o": ["a", "c", 1]}}}',
      's.json:1:64 x: when o: o is never "c" or 1: expected one of ["a","b"]',
    ],
    [
      "a parent without countable values",
      '{"l": {"low": 0, "high": 1}, "x": {"value": 1, "when": {"l": 0.5}}}',
      "x: when l: l is a float without steps",
    ],
    [
      "conditions in a circle",
      '{"a": {"type": "bool", "when": {"b": true}},\n"b": {"type": "bool", "when": {"c": true}},\n"c": {"type": "bool", "when": {"a": true}}}',
      "s.json:1:32 a: when: conditions go round in a circle: a -> b -> c -> a",
    ],
    ["a condition on itself", '{"a": {"type": "bool", "when": {"a": true}}}', "a -> a"],
    [
      "a default out of bounds",
      '{"x": {"low": 0, "high": 1, "default": 2}}',
      "s.json:1:40 x: default must be a number from 0 to 1: got 2",
    ],
    ["a bare prior", '{"x": {"prior": "normal"}}', "prior must be an object such as"],
    [
      "an unknown prior",
      '{"x": {"prior": {"distribution": "cauchy"}}}',
      'prior.distribution must be normal, lognormal, beta: got "cauchy"',
    ],
    [
      "a prior without sigma",
      '{"x": {"prior": {"distribution": "normal", "mu": 1}}}',
      "sigma of the prior must be a finite number: got nothing",
    ],
    [
      "sigma 0",
      '{"x": {"prior": {"distribution": "normal", "mu": 1, "sigma": 0}}}',
      "sigma of the prior must be > 0: got 0",
    ],
    [
      "sigma far below the range",
      '{"x": {"low": 0, "high": 1, "prior": {"distribution": "normal", "mu": 0, "sigma": 1e-4}}}',
      "at least 1/500 of the range (0.002)",
    ],
    [
      "a beta prior out of shape",
      '{"x": {"prior": {"distribution": "beta", "a": 0, "b": 1}}}',
      "a of the prior must be from 0.01 to 1000: got 0",
    ],
    [
      "a key of another prior",
      '{"x": {"prior": {"distribution": "beta", "a": 1, "b": 1, "mu": 0}}}',
      "mu does not apply to a beta prior",
    ],
    [
      "a normal prior of a log parameter",
      '{"x": {"low": 1, "high": 9, "log": true, "prior": {"distribution": "normal", "mu": 1, "sigma": 1}}}',
      "with log: true, the prior is lognormal",
    ],
    [
      "a lognormal prior without log",
      '{"x": {"log": false, "prior": {"distribution": "lognormal", "mu": 1, "sigma": 1}}}',
      "needs log: true, or no log",
    ],
    ["mu beside the prior", '{"x": {"low": 0, "high": 1, "mu": 1}}', "did you mean prior?"],
    [
      "a prior of choices",
      '{"x": {"choices": [1], "prior": {}}}',
      "prior does not apply to type categorical",
    ],
    [
      "a prior with bounds in the wrong order",
      '{"x": {"low": 9, "prior": {"distribution": "normal", "mu": 0, "sigma": 1}}}',
      "low must be at most high: got low 9, high 5",
    ],
    [
      "an unknown W&B distribution",
      '{"x": {"distribution": "log_unifrm", "min": 1, "max": 2}}',
      "(did you mean log_uniform?)",
    ],
    [
      "a W&B key of another distribution",
      '{"x": {"distribution": "uniform", "min": 1, "max": 2, "mu": 0}}',
      "s.json:1:61 x: mu does not apply to distribution uniform",
    ],
    [
      "W&B bounds in the wrong order",
      '{"x": {"distribution": "uniform", "min": 3, "max": 2}}',
      "s.json:1:42 x: min must be at most max: got min 3, max 2",
    ],
    [
      "a missing W&B bound",
      '{"x": {"distribution": "uniform", "min": 3}}',
      "s.json:1:2 x: max is missing",
    ],
    [
      "W&B probabilities",
      '{"x": {"distribution": "categorical", "values": [1], "probabilities": [1]}}',
      "probabilities does not apply",
    ],
    [
      "constraints that are no list",
      '{"x": {"value": 1}, "constraints": "x < 2"}',
      "s.json:1:21 constraints must be a list",
    ],
    [
      "a constraint that is no text",
      '{"x": {"value": 1}, "constraints": [3]}',
      's.json:1:37 constraints: expected a text such as "a + b <= 1", got 3',
    ],
    [
      "a constraint on an unknown parameter",
      '{"x": {"low": 0, "high": 1}, "constraints": ["x < 1",\n "x <= y"]}',
      's.json:2:2 constraints: "x <= y", column 6: no parameter y',
    ],
    [
      "a constraint that cannot be met",
      '{"x": {"low": 0, "high": 1}, "constraints": ["x > 0.5", "x > 1"]}',
      's.json:1:57 constraints: no point of the space satisfies "x > 1"',
    ],
    [
      "constraints that cannot be met together",
      '{"x": {"low": 0, "high": 1}, "constraints": ["x > 0.5", "x < 0.5"]}',
      's.json:1:30 constraints: no point of the space satisfies "x > 0.5" and "x < 0.5" together',
    ],
    ["a space of constraints alone", '{"constraints": []}', "s.json:1:1 the search space is empty"],
    [
      "a parameter named constraints",
      '{"constraints": {"low": 0, "high": 1}, "x": {"value": 1}}',
      "constraints must be a list",
    ],
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
