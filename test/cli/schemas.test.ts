import { describe, expect, test } from "bun:test";
import { templateNames, templateText } from "../../src/assets.ts";
import { REGISTRY } from "../../src/cli/registry.ts";
import { commandSchema } from "../../src/cli/schemas/command-schema.ts";
import { OUTPUTS } from "../../src/cli/schemas/outputs.ts";
import { specSchema } from "../../src/cli/schemas/spec-schema.ts";
import { checkOutput } from "../helpers/checked-output.ts";
import { labctl } from "../helpers/cli.ts";
import { matches } from "../helpers/json-schema.ts";

describe("labctl schema", () => {
  test.each(Object.entries(REGISTRY))("knows what %s takes and answers", async (name, entry) => {
    const { input, output } = commandSchema((await entry.load()).command);
    expect(input.type).toBe("object");
    expect(output.type).toBe("object");
    // Something is promised: an object with no required key could be anything.
    expect(output.required).not.toEqual([]);
    expect(OUTPUTS.has(name)).toBeTrue();
  });

  test("describes no command that does not exist", () => {
    const others = [...OUTPUTS.keys()].filter((name) => !Object.hasOwn(REGISTRY, name));
    expect(others).toEqual(["help", "version"]);
  });

  test("prints one schema, or all, as JSON", async () => {
    const one = await labctl(["schema", "ask"]);
    const all = await labctl(["schema", "--json"]);
    const { schema } = JSON.parse(all.stdout).data;
    expect(schema.commands.ask).toEqual(JSON.parse(one.stdout));
    expect(Object.keys(schema.commands)).toEqual(Object.keys(REGISTRY));
    expect(Object.keys(schema)).toEqual(["commands", "spec", "search-space", "envelope"]);
  });

  test("names the nearest for one that is not there", async () => {
    const { code, stderr } = await labctl(["schema", "shwo"]);
    expect(code).toBe(2);
    expect(stderr).toContain("did you mean show?");
  });
});

describe("the schema of SPEC.yaml", () => {
  test.each(templateNames())("accepts the template %s", (name) => {
    expect(matches(specSchema(), Bun.YAML.parse(templateText(name) ?? ""))).toBeTrue();
  });

  test.each([
    ["an unknown field", { id: "a", metrik: "loss" }],
    ["a wrong word", { id: "a", metric_direction: "up" }],
    ["text for a number", { id: "a", max_iterations_total: "many" }],
    ["an unknown pruner", { id: "a", pruner: "sometimes" }],
    ["no id", { goal: "none" }],
  ])("refuses %s", (_, spec) => {
    expect(matches(specSchema(), spec)).toBeFalse();
  });

  test("accepts overrides of tiers, fields of the user's own, and lists written as one text", () => {
    const spec = { id: "a", x_mine: 1, final_time_budget_minutes: 30, mutable_paths: "src" };
    expect(matches(specSchema(), spec)).toBeTrue();
  });
});

test("checkOutput() refuses what breaks a promise", () => {
  const envelope = { schema: "labctl/list/v1", ok: true, command: "list", warnings: [], next: [] };
  expect(() =>
    checkOutput(JSON.stringify({ ...envelope, data: { experiments: [] } })),
  ).not.toThrow();
  expect(() => checkOutput(JSON.stringify({ ...envelope, data: {} }))).toThrow("experiments");
  expect(() => checkOutput(JSON.stringify({ ...envelope, data: 1 }))).toThrow("the document");
});
