import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import * as fc from "fast-check";
import { SPACE_SCHEMA } from "../../../src/domain/space/json-schema.ts";
import { parseSpace, spaceFromValue } from "../../../src/domain/space/parse-space.ts";
import { anySpace } from "../../helpers/any-space.ts";
import { matches } from "../../helpers/json-schema.ts";

const root = `${import.meta.dir}/../../..`;
const files = [...new Glob("{examples,templates}/**/search_space.json").scanSync(root)];

describe("the JSON Schema of a search space", () => {
  test.each(files)("accepts %s, and so does the parser", async (file) => {
    const text = await Bun.file(`${root}/${file}`).text();
    expect(matches(SPACE_SCHEMA, JSON.parse(text))).toBe(true);
    expect(parseSpace(text, file).parameters.length).toBeGreaterThan(0);
  });

  test("finds examples to accept", () => {
    expect(files.length).toBeGreaterThanOrEqual(5);
  });

  test("accepts every example of the documentation", async () => {
    const text = await Bun.file(`${root}/docs/search.md`).text();
    const examples = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, example = ""]) => example);
    expect(examples.length).toBeGreaterThanOrEqual(4);
    for (const example of examples) {
      expect(spaceFromValue(JSON.parse(example), "docs").parameters.length).toBeGreaterThan(0);
      expect(matches(SPACE_SCHEMA, JSON.parse(example))).toBe(true);
    }
  });

  test("accepts any space that the parser reads", () => {
    fc.assert(
      fc.property(anySpace, (value) => {
        spaceFromValue(value, "any");
        expect(matches(SPACE_SCHEMA, value)).toBe(true);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  test.each([
    [{}],
    [[1]],
    [{ x: [1, 2] }],
    [{ x: { low: 0 } }],
    [{ x: { low: 0, high: 1, hihg: 2 } }],
    [{ x: { low: "0", high: 1 } }],
    [{ x: { type: "flaot", low: 0, high: 1 } }],
    [{ x: { choices: [] } }],
    [{ x: { choices: [1], low: 2 } }],
    [{ x: { low: 0, high: 1, step: 0 } }],
    [{ x: { low: 0, high: 1, when: "o" } }],
    [{ x: { low: 0, high: 1, prior: { distribution: "normal", mu: 0 } } }],
    [{ x: { distribution: "nrmal", mu: 0, sigma: 1 } }],
    [{ x: { value: 1 }, constraints: "x > 0" }],
  ])("refuses %j, as the parser does", (value) => {
    expect(matches(SPACE_SCHEMA, value)).toBe(false);
    expect(() => spaceFromValue(value, "any")).toThrow();
  });
});
