import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { blobsOf, treeProblem, type FileTree } from "../../src/domain/dispatch/file-tree.ts";
import { openBlobs } from "../../src/store/blobs.ts";
import { packTree, writeTree } from "../../src/store/file-trees.ts";
import { folderHash } from "../helpers/folder-hash.ts";
import { tempDir, type TempDir } from "../helpers/temp.ts";

const made: TempDir[] = [];
afterAll(() => {
  for (const dir of made) dir[Symbol.dispose]();
});

function temporaryFolder(): string {
  const dir = tempDir();
  made.push(dir);
  return dir.path;
}

const LIMITS = { entries: 10_000, bytes: 1 << 30 };

function madeFolder(): string {
  const root = join(temporaryFolder(), "made");
  mkdirSync(join(root, "src", "deep"), { recursive: true });
  mkdirSync(join(root, "empty"));
  writeFileSync(join(root, "a.txt"), "alpha");
  writeFileSync(join(root, "nothing"), "");
  writeFileSync(join(root, "src", "run.sh"), "#!/bin/sh\necho 1\n");
  chmodSync(join(root, "src", "run.sh"), 0o755);
  writeFileSync(join(root, "src", "deep", "big.bin"), Buffer.alloc(200_000, 7));
  symlinkSync("run.sh", join(root, "src", "link"));
  symlinkSync("../a.txt", join(root, "src", "up"));
  return root;
}

describe("packTree() and writeTree()", () => {
  test("bring a folder elsewhere as it is", () => {
    const root = madeFolder();
    const blobs = openBlobs(join(temporaryFolder(), "blobs"));
    const tree = packTree(root, blobs, { limits: LIMITS });
    expect(treeProblem(tree, LIMITS)).toBeNull();
    const target = join(temporaryFolder(), "copy");
    writeTree(tree, target, blobs);
    expect(folderHash(target)).toEqual(folderHash(root));
    expect(statSync(join(target, "src", "run.sh")).mode & 0o100).toBe(0o100);
    expect(readlinkSync(join(target, "src", "link"))).toBe("run.sh");
    expect(existsSync(join(target, "empty"))).toBe(true);
    expect(Math.trunc(statSync(join(target, "a.txt")).mtimeMs)).toBe(
      Math.trunc(statSync(join(root, "a.txt")).mtimeMs),
    );
  });

  test("share one blob among small files, and name the same content the same", () => {
    const root = join(temporaryFolder(), "many");
    mkdirSync(root);
    for (let index = 0; index < 200; index += 1) {
      writeFileSync(join(root, `f${index}`), `content ${index}`);
    }
    const blobs = openBlobs(join(temporaryFolder(), "blobs"));
    const tree = packTree(root, blobs, { limits: LIMITS });
    expect(blobsOf(tree).size).toBe(1);
    expect(packTree(root, blobs, { limits: LIMITS })).toEqual(tree);
    expect([...blobs.list()]).toHaveLength(1);
  });

  test("leave out what leads out of the folder, and say so", () => {
    const root = madeFolder();
    symlinkSync("/etc/passwd", join(root, "outside"));
    symlinkSync("../../..", join(root, "src", "above"));
    symlinkSync("src/link", join(root, "through"));
    const left: string[] = [];
    const blobs = openBlobs(join(temporaryFolder(), "blobs"));
    const onLeftOut = (path: string): number => left.push(path);
    const tree = packTree(root, blobs, { limits: LIMITS, onLeftOut });
    expect(left.sort()).toEqual(["outside", "src/above"]);
    expect(treeProblem(tree, LIMITS)).toBeNull();
  });

  test("refuse a folder over its limits", () => {
    const blobs = openBlobs(join(temporaryFolder(), "blobs"));
    const small = { entries: 2, bytes: 1 << 20 };
    expect(() => packTree(madeFolder(), blobs, { limits: small })).toThrow(
      /has more than 2 entries/,
    );
  });

  test("write nothing when a blob is missing, damaged or not what the tree says", () => {
    const root = madeFolder();
    const blobs = openBlobs(join(temporaryFolder(), "blobs"));
    const tree = packTree(root, blobs, { limits: LIMITS });
    const target = join(temporaryFolder(), "copy");
    const [digest = ""] = blobsOf(tree).keys();
    writeFileSync(blobs.path(digest), Buffer.alloc(statSync(blobs.path(digest)).size, 1));
    expect(() => writeTree(tree, target, blobs)).toThrow(/is not what its digest says/);
    blobs.remove(digest);
    expect(() => writeTree(tree, target, blobs)).toThrow(/is missing/);
    expect(existsSync(target)).toBe(false);
  });

  test("never write through a link: a tree that tries is refused before anything is made", () => {
    const blobs = openBlobs(join(temporaryFolder(), "blobs"));
    const { digest, bytes } = blobs.addBytes(Buffer.from("owned"));
    const file = (path: string): FileTree["entries"][number] => {
      return { kind: "file", path, bytes, sha256: digest };
    };
    const wrong: FileTree["entries"][] = [
      [file("../x")],
      [file("/etc/x")],
      [file("a/../../x")],
      [file("a\\..\\x")],
      [file("C:/x")],
      [file("a//b")],
      [file("./a")],
      [file("a\u0000b")],
      [file("a"), file("a")],
      [file("a"), file("a/b")],
      [{ kind: "link", path: "l", target: "/etc" }],
      [{ kind: "link", path: "l", target: "../x" }],
      [{ kind: "link", path: "l", target: "a/../../x" }],
      [{ kind: "link", path: "l", target: "d" }, file("l/x")],
      [
        { kind: "folder", path: "d" },
        { kind: "link", path: "l", target: "d" },
        { kind: "link", path: "m", target: "l/../.." },
      ],
    ];
    const folder = temporaryFolder();
    for (const entries of wrong) {
      const tree: FileTree = { schema_version: 1, entries };
      expect(treeProblem(tree, LIMITS)).not.toBeNull();
      expect(() => writeTree(tree, join(folder, "t"), blobs)).toThrow(/cannot be written/);
    }
    expect(existsSync(join(folder, "t"))).toBe(false);
  });
});

describe("a blob", () => {
  test("appears complete or not at all, and only under its own digest", () => {
    const blobs = openBlobs(join(temporaryFolder(), "blobs"));
    const writer = blobs.receive();
    writer.write(Buffer.from("one"));
    expect(() => writer.finish("0".repeat(64))).toThrow(/have SHA-256/);
    const again = blobs.receive();
    again.write(Buffer.from("one"));
    const { digest, isNew } = again.finish(null);
    expect(isNew).toBe(true);
    expect(readFileSync(blobs.path(digest), "utf8")).toBe("one");
    expect([...blobs.list()].map((blob) => blob.digest)).toEqual([digest]);
    expect(() => blobs.path("../../etc/passwd")).toThrow(/not a SHA-256/);
  });
});
