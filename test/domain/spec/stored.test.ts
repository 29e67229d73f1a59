import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { renderStoredSpec, setFields } from "../../../src/domain/spec/stored.ts";
import { templateNames, templateText } from "../../../src/assets.ts";
import { specOf } from "./helpers.ts";

describe("renderStoredSpec()", () => {
  test("changes the workspace and keeps comments, order and numbers", () => {
    const text = [
      "# mine",
      "id: a",
      "workspace_root: ../code # relative",
      "known_good_config: {lr: 1e-5}",
      "",
      "# why it is so",
      `goal: ${"long ".repeat(60)}end`,
      "",
    ].join("\n");
    expect(renderStoredSpec(text, { workspace_root: "/home/me/my code: #1" })).toBe(
      text.replace("../code", '"/home/me/my code: #1"').replace("{lr: 1e-5}", "{ lr: 1e-5 }"),
    );
  });

  test("is the same text when nothing changes", () => {
    const text = "id:   a\ntags: [ x,y ]\n";
    expect(renderStoredSpec(text, {})).toBe(text);
  });

  test("adds a workspace that was not named", () => {
    expect(specOf(renderStoredSpec("{id: a}", { workspace_root: "/w" })).workspace_root).toBe("/w");
    expect(
      specOf(renderStoredSpec("id: a\nworkspace_root:\n", { workspace_root: "/w" })).workspace_root,
    ).toBe("/w");
  });

  test.each(templateNames())("keeps every other field of %s", (name) => {
    const text = templateText(name) ?? "";
    const stored = renderStoredSpec(text, { workspace_root: "/w" });
    expect(specOf(stored)).toEqual({ ...specOf(text), workspace_root: "/w" });
  });

  test("keeps any x_ field and any path", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: "grapheme" }), (value, path) => {
        fc.pre(!JSON.stringify(value).includes("__proto__"));
        const text = `id: a\nworkspace_root: old\nx_a: ${JSON.stringify(value)}\n`;
        const root = `/${path.trim()}`.replaceAll("\0", "").trim();
        const stored = renderStoredSpec(text, { workspace_root: root });
        expect(specOf(stored)).toEqual({ ...specOf(text), workspace_root: root });
      }),
      { numRuns: 300 },
    );
  });
});

describe("setFields()", () => {
  test("takes out a field that is undefined", () => {
    expect(setFields("id: a\ntags: [x]\n", { tags: undefined, mutable_paths: ["b"] })).toBe(
      "id: a\nmutable_paths:\n  - b\n",
    );
  });
});
