import { describe, expect, test } from "bun:test";
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  createOnce,
  isStorageError,
  replaceIfChanged,
  replaceFile,
  storageError,
  TEMPORARY_NAME,
  writeAt,
} from "../../src/store/durable.ts";
import { race } from "../helpers/racers.ts";
import { tempDir } from "../helpers/temp.ts";

describe("createOnce()", () => {
  test("has exactly one winner a name, whose whole content is there, among six processes", async () => {
    using dir = tempDir();
    await race(join(import.meta.dir, "racers/create-once.ts"), dir.path, 6);
    const wins = readFileSync(join(dir.path, "wins"), "utf8").trim().split("\n");
    const winners = new Map(wins.map((line) => [line.split(" ")[0], line.split(" ")[1]]));
    expect(wins).toHaveLength(40);
    expect(winners.size).toBe(40);
    for (const [name, number] of winners) {
      const content = readFileSync(join(dir.path, `prize-${name}`), "utf8");
      expect(content).toBe(`${number}\n`.repeat(2000));
    }
    expect(readdirSync(dir.path).filter((name) => TEMPORARY_NAME.test(name))).toEqual([]);
  });

  test("leaves what is there alone, be it a file, a folder or a dangling link", () => {
    using dir = tempDir();
    const file = join(dir.path, "file");
    writeFileSync(file, "first");
    expect(createOnce(file, "second")).toBe(false);
    expect(readFileSync(file, "utf8")).toBe("first");
    mkdirSync(join(dir.path, "folder"));
    expect(createOnce(join(dir.path, "folder"), "x")).toBe(false);
    symlinkSync("nowhere", join(dir.path, "link"));
    expect(createOnce(join(dir.path, "link"), "x")).toBe(false);
    expect(readdirSync(dir.path).sort()).toEqual(["file", "folder", "link"]);
  });

  test("throws where there is no folder", () => {
    using dir = tempDir();
    expect(() => createOnce(join(dir.path, "none/file"), "x")).toThrow("ENOENT");
  });
});

describe.each([
  ["replaceFile()", replaceFile],
  ["replaceIfChanged()", replaceIfChanged],
])("%s", (_name, replace) => {
  test("replaces the content as a whole", () => {
    using dir = tempDir();
    const path = join(dir.path, "file");
    replace(path, "a long first content");
    replace(path, "second");
    expect(readFileSync(path, "utf8")).toBe("second");
    expect(readdirSync(dir.path)).toEqual(["file"]);
  });

  test("leaves nothing behind when it fails", () => {
    using dir = tempDir();
    mkdirSync(join(dir.path, "file/full"), { recursive: true });
    expect(() => replace(join(dir.path, "file"), "x")).toThrow();
    expect(readdirSync(dir.path)).toEqual(["file"]);
  });
});

describe("writeAt()", () => {
  test("writes the same bytes twice without changing anything, and cuts off what follows", () => {
    using dir = tempDir();
    const path = join(dir.path, "rows");
    writeFileSync(path, "one\n");
    expect(writeAt(path, 4, "zwei é\n")).toBe(true);
    expect(writeAt(path, 4, "zwei é\n")).toBe(true);
    expect(readFileSync(path, "utf8")).toBe("one\nzwei é\n");
    expect(writeAt(path, 4, "2\n")).toBe(true);
    expect(readFileSync(path, "utf8")).toBe("one\n2\n");
  });

  test("refuses a gap and a missing file", () => {
    using dir = tempDir();
    const path = join(dir.path, "rows");
    expect(writeAt(path, 0, "one\n")).toBe(false);
    writeFileSync(path, "one\n");
    expect(writeAt(path, 5, "two\n")).toBe(false);
    expect(readFileSync(path, "utf8")).toBe("one\n");
  });
});

describe("storageError()", () => {
  test("says whether to try again, to free space or to change permissions", () => {
    const error = (code: string): Error => Object.assign(new Error("seen"), { code });
    expect(storageError(error("ENOSPC"), "writing x").code).toBe("try-later");
    expect(storageError(error("ENOSPC"), "writing x").hint).toContain("free some space");
    expect(storageError(error("EACCES"), "writing x").code).toBe("usage");
    expect(storageError(error("EIO"), "writing x").message).toContain("writing x: seen");
    expect(isStorageError(error("EROFS"))).toBe(true);
    expect(isStorageError(new TypeError("bug"))).toBe(false);
  });
});

test("replaceIfChanged() leaves a file alone that has the content already", () => {
  using dir = tempDir();
  const path = join(dir.path, "file");
  replaceIfChanged(path, "same");
  const before = statSync(path, { bigint: true });
  replaceIfChanged(path, "same");
  const after = statSync(path, { bigint: true });
  expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
});
