import { expect, test } from "bun:test";
import { canonicalJson, paramsKey, sameJson } from "../../src/domain/canonical-json.ts";

test("canonicalJson() does not depend on the order of keys", () => {
  const text = canonicalJson({ b: [1, { d: null, c: "x" }], a: -0 });
  expect(text).toBe('{"a":0,"b":[1,{"c":"x","d":null}]}');
});

test("paramsKey() is equal for equal params only", () => {
  expect(paramsKey({ lr: 0.1, n: 2 })).toBe(paramsKey({ n: 2, lr: 0.1 }));
  expect(paramsKey({ n: 2 })).not.toBe(paramsKey({ n: "2" }));
});

test("sameJson() compares structures by content and keeps types apart", () => {
  expect(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  expect(sameJson([1], [1, 1])).toBe(false);
  expect(sameJson("1", 1)).toBe(false);
  expect(sameJson(null, undefined)).toBe(false);
});
