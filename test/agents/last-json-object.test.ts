import { expect, test } from "bun:test";
import { lastJsonObject } from "../../src/agents/last-json-object.ts";

test.each([
  ['{"a": 1}', { a: 1 }],
  ['first {"a": 1} then\n```json\n{"a": {"b": "}{"}}\n```\nthat is all', { a: { b: "}{" } }],
  ['it said "{" and {"a": 1}', { a: 1 }],
  ['{"a": 1} and {"b": 2', { a: 1 }],
  ["{not json} {'a': 1}", null],
  ["[1, 2]", null],
  ["", null],
])("lastJsonObject(%j)", (text, expected) => {
  expect(lastJsonObject(text)).toEqual(expected);
});

test("lastJsonObject() ends on megabytes of open braces", () => {
  expect(lastJsonObject(`${"{".repeat(2_000_000)} {"a": 1}`)).toBeNull();
});
