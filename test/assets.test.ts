import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import {
  assetPaths,
  assetText,
  dataRootDocuments,
  templateNames,
  templateText,
} from "../src/assets.ts";
import { specOf } from "./domain/spec/helpers.ts";

const templates = join(import.meta.dir, "../templates");

describe("assets", () => {
  test("embed every file under templates/, unchanged", async () => {
    const files = [...new Bun.Glob("**/*").scanSync({ cwd: templates, dot: true })];
    expect(assetPaths()).toEqual(files.toSorted());
    for (const path of files) {
      expect(assetText(path)).toBe(await Bun.file(join(templates, path)).text());
    }
  });

  test("know nothing else", () => {
    expect(() => assetText("constructor")).toThrow("No such file");
  });
});

describe("templateText()", () => {
  test.each([
    ["autoresearch-generic", "example-autoresearch-loop"],
    ["code-autoresearch", "example-code-autoresearch"],
    ["local-agent-autoresearch", "example-local-agent-autoresearch"],
    ["multifidelity-autoresearch", "example-multifidelity-loop"],
    ["research-sprint", "example-research-sprint"],
  ])("gives %s, a SPEC of %s", (name, id) => {
    expect(templateNames()).toContain(name);
    expect(templateText(`${name}.yaml`)).toBe(templateText(name));
    expect(specOf(templateText(name) ?? "").id).toBe(id);
  });

  test("is null for any other name", () => {
    expect(templateText("README-FIRST")).toBeNull();
  });
});

describe("dataRootDocuments()", () => {
  test("are the three documents people read first", () => {
    expect(Object.keys(dataRootDocuments())).toEqual([
      "README-FIRST.md",
      "PROGRAM.md",
      "CHANGELOG.md",
    ]);
    expect(dataRootDocuments()["README-FIRST.md"]).toContain("labctl");
  });
});
