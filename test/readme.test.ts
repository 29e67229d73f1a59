import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { EXIT_CODES } from "../src/domain/errors.ts";

const readme = await Bun.file(resolve(import.meta.dir, "../README.md")).text();

test("README lists every exit code as the program knows it", () => {
  for (const { exit, meaning } of Object.values(EXIT_CODES)) {
    expect(readme).toContain(`| ${exit} | ${meaning} |`);
  }
});

test("README names every command", async () => {
  const { REGISTRY } = await import("../src/cli/registry.ts");
  for (const [name, { hidden }] of Object.entries(REGISTRY)) {
    if (hidden !== true) expect(readme).toContain(`\`${name}`);
  }
});

test("README names every strategy, docs/search.md their variants too", async () => {
  const { strategyNames } = await import("../src/search/registry.ts");
  const page = await Bun.file(resolve(import.meta.dir, "../docs/search.md")).text();
  for (const name of strategyNames()) {
    expect(page).toContain(`\`${name}\``);
    if (!name.startsWith("tpe-")) expect(readme).toContain(`\`${name}\``);
  }
});
