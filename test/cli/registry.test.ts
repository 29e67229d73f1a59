import { describe, expect, test } from "bun:test";
import type { Flags } from "../../src/cli/command.ts";
import { REGISTRY } from "../../src/cli/registry.ts";
import { SHARED_FLAGS } from "../../src/cli/shared-flags.ts";

describe.each(Object.entries(REGISTRY))("command %s", (name, entry) => {
  test("loads under its own name and has a one-line summary", async () => {
    expect((await entry.load()).command.name).toBe(name);
    expect(entry.summary).toMatch(/^[A-Z].*[^.]$/);
  });

  test("gives each name and each letter to one thing only", async () => {
    const { flags, positionals } = (await entry.load()).command;
    const names = [flags, positionals, SHARED_FLAGS].flatMap(Object.keys);
    expect(names).toEqual([...new Set(names)]);
    const all: Flags = { ...flags, ...SHARED_FLAGS };
    const letters = Object.values(all).flatMap((flag) => flag.alias ?? []);
    expect(letters).toEqual([...new Set(letters)]);
  });

  test("takes a rest, or an optional positional, only where nothing required follows", async () => {
    const positionals = Object.values((await entry.load()).command.positionals);
    for (const [index, { rest, optional }] of positionals.entries()) {
      const after = positionals.slice(index + 1);
      if (rest === true) expect(after).toEqual([]);
      if (optional === true) expect(after.every((p) => p.optional ?? p.rest ?? false)).toBeTrue();
    }
  });

  test("shows examples that begin with labctl or use it", async () => {
    const { examples } = (await entry.load()).command;
    expect(examples.length).toBeGreaterThan(0);
    for (const { command } of examples) expect(command).toContain(`labctl ${name}`);
  });
});

test("aliases name no second command", () => {
  const words = Object.entries(REGISTRY).flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
  expect(words).toEqual([...new Set(words)]);
});
