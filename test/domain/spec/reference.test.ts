import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import * as v from "valibot";
import { STOP_CONDITION_NAMES } from "../../../src/domain/spec/kinds.ts";
import { OVERRIDABLE_FIELDS } from "../../../src/domain/spec/spec.ts";
import { SpecFields, specDefaults } from "../../../src/domain/spec/schema.ts";

const text = await Bun.file(join(import.meta.dir, "../../../docs/spec.md")).text();
const cells = text
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const fields = cells.filter((row) => row.length === 4);
const conditions = cells.filter((row) => row.length === 3);

function valueOf(name: string): string | undefined {
  const schema = Object.entries(SpecFields.entries).find(([field]) => field === name)?.[1];
  if (schema === undefined) return undefined;
  return v.getTitle(schema.type === "exact_optional" ? schema.wrapped : schema);
}

function shown(name: string): string {
  const value = new Map<string, unknown>(Object.entries(specDefaults())).get(name);
  if (name === "initial_fidelity_tier") return "the first tier";
  if (value === undefined || value === "") return "";
  if (Array.isArray(value)) return `\`[${value.join(", ")}]\``;
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

describe("docs/spec.md", () => {
  test("lists every field once, and no other", () => {
    const names = fields.map(([name]) => name);
    const known = Object.keys(SpecFields.entries).map((name) => `\`${name}\``);
    expect(names).toHaveLength(known.length);
    expect(new Set(names)).toEqual(new Set(known));
  });

  test.each(fields)(
    "says what %s may be: %s, by default %s",
    (field = "", value = "", standard = "") => {
      const name = field.replaceAll("`", "");
      expect(value).toBe(valueOf(name) ?? "");
      expect(standard).toBe(shown(name));
    },
  );

  test("lists every stop condition once", () => {
    expect(conditions.map(([name]) => name)).toEqual(
      STOP_CONDITION_NAMES.map((name) => `\`${name}\``),
    );
  });

  test("says which fields a tier may replace", () => {
    const whole = ["What is run", "What is accepted"].flatMap((title) => {
      const section = text.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
      return [...section.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1]);
    });
    const agents = fields
      .map(([name = ""]) => name.replaceAll("`", ""))
      .filter((name) => name.startsWith("agent_"));
    const paragraph = text.split("Every field of")[1]?.split("\n\n")[0] ?? "";
    const single = [...paragraph.matchAll(/`([a-z_]+[a-z])`/g)].map((match) => match[1]);
    expect(new Set([...whole, ...agents, ...single])).toEqual(new Set(OVERRIDABLE_FIELDS));
  });
});
