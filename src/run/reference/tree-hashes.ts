import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readlinkSync, readSync } from "node:fs";
import { placeOf } from "../candidate/fence.ts";
import { entryAt, walkTree } from "../tree.ts";

/** What each file and link of a tree is, by path relative to its root; folders are left out. */
export type TreeHashes = ReadonlyMap<string, string>;

/** Hashing lets timers (heartbeats, deadlines) run this often. */
const FILES_PER_TURN = 200;

/** Reads a whole tree. Two trees with equal hashes have the same files, links and executables. */
export async function treeHashes(root: string): Promise<TreeHashes> {
  const hashes = new Map<string, string>();
  for (const { path, kind } of walkTree(root, () => false)) {
    if (kind !== "folder") hashes.set(path, hashAt(root, path));
    if (hashes.size % FILES_PER_TURN === FILES_PER_TURN - 1) await Bun.sleep(0);
  }
  return hashes;
}

/** The hash of one path now; "" when no file or link is there. */
export function hashAt(root: string, path: string): string {
  const kind = entryAt(root, path)?.kind;
  const place = placeOf(root, path);
  if (kind === "link") return `link ${sha256(readlinkSync(place))}`;
  if (kind !== "file") return "";
  const executable = (lstatSync(place).mode & 0o100) !== 0;
  return `${executable ? "program" : "file"} ${sha256OfFile(place)}`;
}

const CHUNK = Buffer.alloc(1024 * 1024);

function sha256OfFile(path: string): string {
  const hash = createHash("sha256");
  const file = openSync(path, "r");
  try {
    for (;;) {
      const bytes = readSync(file, CHUNK);
      if (bytes === 0) return hash.digest("hex");
      hash.update(CHUNK.subarray(0, bytes));
    }
  } finally {
    closeSync(file);
  }
}

/** One digest of a tree, without git's own folder at its root. */
export function treeDigest(hashes: TreeHashes): string {
  const lines = [...hashes]
    .filter(([path]) => !isGits(path))
    .map(([path, hash]) => `${hash} ${path}\n`);
  return sha256(lines.sort().join(""));
}

/** Whether a path belongs to the `.git` at the root of a tree. */
export function isGits(path: string): boolean {
  return path === ".git" || path.startsWith(".git/");
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
