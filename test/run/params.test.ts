import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { applyParams } from "../../src/run/apply-params.ts";
import { mergeParams } from "../../src/run/merge-params.ts";
import { temporaryFolder, writeFiles } from "./request.ts";

describe("mergeParams()", () => {
  test("replaces the top-level key, else the nested one nearest to the top, else adds", () => {
    const config = { a: { lr: 1, deep: { x: 0 } }, lr: 2, b: { x: 1 }, list: [{ y: 1 }] };
    expect(mergeParams(config, { lr: 9, x: 8, y: 7 })).toEqual({
      a: { lr: 1, deep: { x: 0 } },
      lr: 9,
      b: { x: 8 },
      list: [{ y: 1 }],
      y: 7,
    });
    expect(config.lr).toBe(2);
  });

  test("keeps the order of keys", () => {
    expect(Object.keys(mergeParams({ c: 1, a: 2, b: 3 }, { a: 0, z: 1 }))).toEqual([
      "c",
      "a",
      "b",
      "z",
    ]);
  });

  test("treats names of object members as plain keys", () => {
    const merged = mergeParams(JSON.parse('{"__proto__": {"x": 1}}'), { x: 2, constructor: 3 });
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"x":2},"constructor":3}');
    expect(Object.getPrototypeOf({})).not.toHaveProperty("x");
  });
});

describe("applyParams()", () => {
  const json = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

  test("writes each param into every file that has it, new ones into the first", () => {
    const root = temporaryFolder();
    writeFiles(root, { "a.json": '{"lr": 1}', "sub/b.json": '{"net": {"depth": 1}, "lr": 2}' });
    const written = applyParams(root, ["README.md", "a.json", "sub/b.json"], {
      lr: 5,
      depth: 6,
      fresh: 7,
    });
    expect(written).toEqual(["a.json", "sub/b.json"]);
    expect(json(join(root, "a.json"))).toEqual({ lr: 5, fresh: 7 });
    expect(json(join(root, "sub/b.json"))).toEqual({ net: { depth: 6 }, lr: 5 });
  });

  test("creates the config, leaving out metrics.json, folders, lists and links", () => {
    const root = temporaryFolder();
    writeFiles(root, { "list.json": "[1]", "dir.json/x": "", "other.json": "{}" });
    symlinkSync("other.json", join(root, "link.json"));
    const mutable = [
      "metrics.json",
      "list.json",
      "dir.json",
      "link.json",
      "src",
      "new/config.json",
    ];
    expect(applyParams(root, mutable, { x: 1 })).toEqual(["new/config.json"]);
    expect(json(join(root, "new/config.json"))).toEqual({ x: 1 });
    expect(existsSync(join(root, "metrics.json"))).toBe(false);
    expect(applyParams(root, ["src", "train.py"], { x: 1 })).toEqual([]);
  });

  test("refuses paths that leave the sandbox, also through a link", () => {
    const root = temporaryFolder();
    const outside = temporaryFolder();
    symlinkSync(outside, join(root, "out"));
    for (const path of [
      "../x.json",
      "/tmp/x.json",
      "a/../../x.json",
      "out/x.json",
      "out/new/x.json",
    ]) {
      expect(() => applyParams(root, [path], { x: 1 })).toThrow(
        `mutable path ${JSON.stringify(path)} leaves the workspace`,
      );
    }
    expect(existsSync(join(outside, "x.json"))).toBe(false);
    expect(applyParams(root, ["..hidden.json"], { x: 1 })).toEqual(["..hidden.json"]);
  });

  test("names a broken config", () => {
    const root = temporaryFolder();
    writeFiles(root, { "a.json": "{" });
    expect(() => applyParams(root, ["a.json"], { x: 1 })).toThrow(
      "cannot put params into a.json: it is not JSON",
    );
  });
});
