import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import {
  foreignLinks,
  treeProblem,
  type FileEntry,
  type FileTree,
  type FileTreeLimits,
  type TreeEntry,
} from "../domain/dispatch/file-tree.ts";
import { LabError } from "../domain/errors.ts";
import type { Blobs } from "./blobs.ts";
import { atOnce, STEP_BYTES, type Steps } from "./steps.ts";

/** Files up to this size share blobs. */
const SMALL_BYTES = 64 * 1024;
/** No shared blob is larger. */
const PACK_BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 1 << 20;
/** Making a small file takes as long as writing so many bytes. */
const PER_FILE = 64 * 1024;

/** Of a workspace; the same as of a sandbox. */
export const WORKSPACE_LIMITS: FileTreeLimits = { entries: 50_000, bytes: 2 * 1024 ** 3 };
/** Of what a run leaves. */
export const RESULT_LIMITS: FileTreeLimits = { entries: 20_000, bytes: 10 * 1024 ** 3 };

export interface PackOptions {
  /** What is left out, by path relative to the root. */
  skip?: (path: string) => boolean;
  limits: FileTreeLimits;
  /** Told of links that lead out of the folder: what is there is on this machine only. */
  onLeftOut?: (path: string) => void;
}

/**
 * Describes a folder and stores its content as blobs. Sockets, pipes and devices are left out, and so
 * are links that leave the folder. Throws LabError usage when there is more than the limits allow.
 */
export function packTree(root: string, blobs: Blobs, options: PackOptions): FileTree {
  const { skip, limits, onLeftOut } = options;
  const entries: TreeEntry[] = [];
  let bytes = 0;
  let pack: { parts: Uint8Array[]; bytes: number; files: FileEntry[] } = emptyPack();

  function closePack(): void {
    if (pack.files.length === 0) return;
    const { digest } = blobs.addBytes(Buffer.concat(pack.parts));
    for (const file of pack.files) if (file.pack !== undefined) file.pack.sha256 = digest;
    pack = emptyPack();
  }

  function addFile(path: string, size: number, mode: number, mtime_ms: number): void {
    // Before a file is read that nobody is going to want.
    if (bytes + size > limits.bytes) throw tooBig(root, limits);
    const entry: FileEntry = { kind: "file", path, bytes: size, sha256: "", mtime_ms };
    if ((mode & 0o100) !== 0) entry.executable = true;
    if (size > SMALL_BYTES) {
      const added = blobs.addFile(join(root, path));
      entry.sha256 = added.digest;
      entry.bytes = added.bytes;
    } else {
      const content = readFileSync(join(root, path));
      entry.bytes = content.length;
      entry.sha256 = new Bun.CryptoHasher("sha256").update(content).digest("hex");
      if (content.length > 0) {
        if (pack.bytes + content.length > PACK_BYTES) closePack();
        entry.pack = { sha256: "", offset: pack.bytes };
        pack.parts.push(content);
        pack.bytes += content.length;
        pack.files.push(entry);
      }
    }
    bytes += entry.bytes;
    entries.push(entry);
  }

  function walk(folder: string): void {
    const names = readdirSync(join(root, folder)).sort();
    let isEmpty = true;
    for (const name of names) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (skip?.(path) ?? false) continue;
      const stat = lstatSync(join(root, path), { throwIfNoEntry: false });
      if (stat === undefined) continue;
      if (stat.isDirectory()) walk(path);
      else if (stat.isFile()) addFile(path, stat.size, stat.mode, Math.trunc(stat.mtimeMs));
      else if (stat.isSymbolicLink()) {
        entries.push({ kind: "link", path, target: readlinkSync(join(root, path)) });
      } else continue;
      isEmpty = false;
      if (entries.length > limits.entries || bytes > limits.bytes) throw tooBig(root, limits);
    }
    if (isEmpty && folder !== "") entries.push({ kind: "folder", path: folder });
  }

  walk("");
  closePack();
  const foreign = foreignLinks(entries);
  for (const { path } of foreign) onLeftOut?.(path);
  const kept = entries.filter((entry) => entry.kind !== "link" || !foreign.has(entry));
  return { schema_version: 1, entries: kept };
}

function emptyPack(): { parts: Uint8Array[]; bytes: number; files: FileEntry[] } {
  return { parts: [], bytes: 0, files: [] };
}

/**
 * Makes `target`, which must not exist, from a tree and its blobs; every digest is checked. Throws
 * LabError damaged when a blob is missing or not what the tree says, usage when the tree must not be
 * written; then there is no `target`.
 */
export function writeTree(
  tree: FileTree,
  target: string,
  blobs: Pick<Blobs, "path">,
  limits: FileTreeLimits = WORKSPACE_LIMITS,
): void {
  const problem = treeProblem(tree, limits);
  if (problem !== null) throw new LabError("usage", `a tree that cannot be written: ${problem}`);
  mkdirSync(target);
  try {
    atOnce(writeSteps(tree, target, blobs));
  } catch (error) {
    rmSync(target, { recursive: true, force: true });
    throw error;
  }
}

/** As writeTree(), in steps, into a folder that exists; a file or link of the same name is replaced. */
export function* writeSteps(
  tree: FileTree,
  target: string,
  blobs: Pick<Blobs, "path">,
): Steps<void> {
  let written = 0;
  const made = new Set<string>([""]);
  function folder(path: string): void {
    if (path === "." || made.has(path)) return;
    folder(dirname(path));
    mkdirSync(join(target, path), { recursive: true });
    made.add(path);
  }
  const open = new Map<string, number>();
  try {
    for (const entry of tree.entries) {
      folder(entry.kind === "folder" ? entry.path : dirname(entry.path));
      if (entry.kind !== "file") continue;
      yield* writeFile(entry, join(target, entry.path), fdOf(open, entry, blobs));
      written += entry.bytes + PER_FILE;
      if (written < STEP_BYTES) continue;
      written = 0;
      yield "turn";
    }
    // Last, so that nothing is written through one.
    for (const entry of tree.entries) {
      if (entry.kind !== "link") continue;
      rmSync(join(target, entry.path), { recursive: true, force: true });
      symlinkSync(entry.target, join(target, entry.path));
    }
  } finally {
    for (const fd of open.values()) closeSync(fd);
  }
}

/** Packs stay open: their files come one after the other. */
function fdOf(open: Map<string, number>, entry: FileEntry, blobs: Pick<Blobs, "path">): number {
  if (entry.bytes === 0) return -1;
  const digest = entry.pack?.sha256 ?? entry.sha256;
  let fd = open.get(digest);
  if (fd !== undefined) return fd;
  if (open.size >= 16) {
    for (const other of open.values()) closeSync(other);
    open.clear();
  }
  try {
    fd = openSync(blobs.path(digest), "r");
  } catch (error) {
    throw new LabError("damaged", `${entry.path}: its blob ${digest} is missing`, { cause: error });
  }
  open.set(digest, fd);
  return fd;
}

function* writeFile(entry: FileEntry, path: string, source: number): Steps<void> {
  const hasher = new Bun.CryptoHasher("sha256");
  rmSync(path, { recursive: true, force: true });
  const out = openSync(path, "wx", entry.executable === true ? 0o755 : 0o644);
  try {
    const buffer = new Uint8Array(Math.min(CHUNK_BYTES, Math.max(1, entry.bytes)));
    let done = 0;
    while (done < entry.bytes) {
      const want = Math.min(buffer.length, entry.bytes - done);
      const count = readSync(source, buffer, 0, want, (entry.pack?.offset ?? 0) + done);
      if (count === 0) break;
      const chunk = buffer.subarray(0, count);
      hasher.update(chunk);
      for (let at = 0; at < count;) at += writeSync(out, chunk, at);
      done += count;
      if (done % STEP_BYTES === 0) yield "turn";
    }
  } finally {
    closeSync(out);
  }
  if (hasher.digest("hex") !== entry.sha256) {
    throw new LabError("damaged", `${entry.path} is not what its digest says`, {
      hint: "the blob was damaged or the tree lies; it has to be sent again",
    });
  }
  if (entry.executable === true) chmodSync(path, 0o755);
  if (entry.mtime_ms !== undefined) utimesSync(path, entry.mtime_ms / 1000, entry.mtime_ms / 1000);
}

function tooBig(root: string, limits: FileTreeLimits): LabError {
  const size = `${limits.entries.toLocaleString("en-US")} entries or ${limits.bytes / 1024 ** 3} GiB`;
  return new LabError("usage", `${root} has more than ${size}`, {
    hint: "point workspace_root at a smaller folder, use workspace_mode: git-clone, or link large data in from outside",
  });
}
