import { describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createOnce } from "../../src/store/durable.ts";
import { readSeal, sealBundle, sealProblems } from "../../src/store/seal.ts";
import { put } from "../helpers/lab-root.ts";
import { tempDir } from "../helpers/temp.ts";

const SEAL = { run_id: "RUN-1", sealed_at: "2026-11-23T18:10:37.000Z", generation: 3 };

/** A sealed bundle with a bit of everything. */
function sealed(folder: string): string {
  put(join(folder, "RESULT.md"), "# result\n");
  put(join(folder, "empty.log"), "");
  put(join(folder, "artifacts/deep/model.bin"), new Uint8Array(300_000).fill(7));
  put(join(folder, "constructor"), "a name that objects inherit");
  symlinkSync("RESULT.md", join(folder, "artifacts/link"));
  mkdirSync(join(folder, "artifacts/nothing/inside"), { recursive: true });
  expect(sealBundle(folder, SEAL)).not.toBeNull();
  return folder;
}

function problems(folder: string): string[] {
  const found = readSeal(folder);
  if (found === null) throw new Error("no seal");
  return sealProblems(folder, found.seal);
}

describe("sealBundle()", () => {
  test("lists every file and link with its size, and finds nothing wrong afterwards", () => {
    using dir = tempDir();
    const folder = sealed(dir.path);
    const found = readSeal(folder);
    expect(found?.seal).toMatchObject({ schema_version: 1, ...SEAL });
    expect(Object.keys(found?.seal.files ?? {}).sort()).toEqual([
      "RESULT.md",
      "artifacts/deep/model.bin",
      "artifacts/link",
      "constructor",
      "empty.log",
    ]);
    expect(found?.seal.files["artifacts/deep/model.bin"]?.bytes).toBe(300_000);
    const text = readFileSync(join(folder, "SEALED"));
    expect(found?.sha256).toBe(new Bun.CryptoHasher("sha256").update(text).digest("hex"));
    expect(existsSync(join(folder, "artifacts/nothing"))).toBe(false);
    expect(problems(folder)).toEqual([]);
  });

  test("is lost by the second sealer, whose seal changes nothing", () => {
    using dir = tempDir();
    const folder = sealed(dir.path);
    const before = readFileSync(join(folder, "SEALED"), "utf8");
    expect(sealBundle(folder, { ...SEAL, generation: 4 })).toBeNull();
    expect(readFileSync(join(folder, "SEALED"), "utf8")).toBe(before);
    expect(problems(folder)).toEqual([]);
  });

  test("passes over pipes, which have no content and would never end", () => {
    using dir = tempDir();
    Bun.spawnSync(["mkfifo", join(dir.path, "pipe")]);
    put(join(dir.path, "file"), "x");
    expect(sealBundle(dir.path, SEAL)).not.toBeNull();
    expect(Object.keys(readSeal(dir.path)?.seal.files ?? {})).toEqual(["file"]);
  });

  test("keeps a file of the executor's that looks like a temporary one", () => {
    using dir = tempDir();
    put(join(dir.path, ".tmp-mine"), "x");
    expect(sealBundle(dir.path, SEAL)).not.toBeNull();
    expect(Object.keys(readSeal(dir.path)?.seal.files ?? {})).toEqual([".tmp-mine"]);
  });
});

describe("sealProblems()", () => {
  const changes: [string, (folder: string) => void, string[]][] = [
    [
      "an edit of the same length",
      (folder) => writeFileSync(join(folder, "RESULT.md"), "# Result\n"),
      ["RESULT.md was changed"],
    ],
    [
      "a longer file",
      (folder) => appendFileSync(join(folder, "RESULT.md"), "more"),
      ["RESULT.md has 13 bytes, sealed with 9"],
    ],
    ["a deleted file", (folder) => unlinkSync(join(folder, "empty.log")), ["empty.log is missing"]],
    [
      "an added file",
      (folder) => writeFileSync(join(folder, "artifacts/new"), ""),
      ["artifacts/new was added"],
    ],
    [
      "an added file called toString",
      (folder) => writeFileSync(join(folder, "toString"), ""),
      ["toString was added"],
    ],
    [
      "an added file called __proto__",
      (folder) => writeFileSync(join(folder, "__proto__"), ""),
      ["__proto__ was added"],
    ],
    [
      "a changed file called constructor",
      (folder) => writeFileSync(join(folder, "constructor"), ""),
      ["constructor has 0 bytes, sealed with 27"],
    ],
    [
      "a renamed file",
      (folder) => renameSync(join(folder, "RESULT.md"), join(folder, "result.md")),
      ["RESULT.md is missing", "result.md was added"],
    ],
    [
      "a link that leads elsewhere",
      (folder) => {
        unlinkSync(join(folder, "artifacts/link"));
        symlinkSync("RESULT.mD", join(folder, "artifacts/link"));
      },
      ["artifacts/link was changed"],
    ],
    [
      "a file behind a link instead of the file",
      (folder) => {
        renameSync(join(folder, "RESULT.md"), join(folder, "..", "moved.md"));
        symlinkSync("../moved.md", join(folder, "RESULT.md"));
      },
      ["RESULT.md is a link now"],
    ],
    [
      "a folder behind a link instead of the folder",
      (folder) => {
        renameSync(join(folder, "artifacts"), join(folder, "..", "moved"));
        symlinkSync("../moved", join(folder, "artifacts"));
      },
      ["artifacts/deep/model.bin is missing", "artifacts/link is missing", "artifacts was added"],
    ],
    [
      "a pipe instead of a file",
      (folder) => {
        unlinkSync(join(folder, "empty.log"));
        Bun.spawnSync(["mkfifo", join(folder, "empty.log")]);
      },
      ["empty.log is missing"],
    ],
  ];

  test.each(changes)("finds %s", (_name, change, expected) => {
    using dir = tempDir();
    const folder = sealed(join(dir.path, "bundle"));
    change(folder);
    expect(problems(folder)).toEqual(expected);
  });

  test("finds a link to a file of the same length and content as no longer the file", () => {
    using dir = tempDir();
    const folder = join(dir.path, "bundle");
    put(join(folder, "a"), "../moved");
    sealBundle(folder, SEAL);
    unlinkSync(join(folder, "a"));
    symlinkSync("../moved", join(folder, "a"));
    expect(problems(folder)).toEqual(["a is a link now"]);
  });

  test("does not mind what a crash of the sealer itself leaves behind", () => {
    using dir = tempDir();
    const folder = sealed(join(dir.path, "bundle"));
    writeFileSync(join(folder, ".tmp-123-4-abc"), "");
    chmodSync(join(folder, "RESULT.md"), 0o444);
    expect(problems(folder)).toEqual([]);
  });
});

describe("readSeal()", () => {
  test("is null for anything that is no seal", () => {
    using dir = tempDir();
    expect(readSeal(dir.path)).toBeNull();
    for (const text of ["", "{}", "null", '{"schema_version":1,"files":[]}']) {
      writeFileSync(join(dir.path, "SEALED"), text);
      expect(readSeal(dir.path)).toBeNull();
    }
    rmSync(join(dir.path, "SEALED"));
    Bun.spawnSync(["mkfifo", join(dir.path, "SEALED")]);
    expect(readSeal(dir.path)).toBeNull();
    expect(createOnce(join(dir.path, "SEALED"), "x")).toBe(false);
    expect(readdirSync(dir.path)).toEqual(["SEALED"]);
  });
});
