import { describe, expect, test } from "bun:test";
import { forbiddenPaths } from "../../src/run/path-policy.ts";

const forbidden = (
  changed: string[],
  mutable_paths: string[],
  read_only_paths: string[] = [],
): string[] => forbiddenPaths(changed, { mutable_paths, read_only_paths });

describe("forbiddenPaths()", () => {
  test("allows files, folders with their content, and globs", () => {
    const rules = ["a.py", "src/", "conf/*.json", "**/*.md"];
    const allowed = ["a.py", "src/x/y.py", "conf/a.json", "docs/deep/x.md"];
    expect(forbidden(allowed, rules)).toEqual([]);
    const others = ["a.pyc", "src2/x", "conf/sub/a.json", "b.py", "sub/a.py"];
    expect(forbidden(others, rules)).toEqual(others);
  });

  test("an empty list allows the workspace, but nothing outside it", () => {
    expect(forbidden(["any/file", "../up", "/etc/passwd", "a/../../up"], [])).toEqual([
      "../up",
      "/etc/passwd",
      "a/../../up",
    ]);
    expect(forbidden(["x", "../up"], ["."])).toEqual(["../up"]);
  });

  test("read-only wins over mutable", () => {
    expect(forbidden(["src/a.py", "src/eval.py"], ["src"], ["src/eval.py"])).toEqual([
      "src/eval.py",
    ]);
    expect(forbidden(["tests/a"], [], ["tests"])).toEqual(["tests/a"]);
  });
});
