import { lstatSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import { removeTree } from "./remove-tree.ts";
import { type TreeEntry, copyEntry, entryAt, walkTree } from "./tree.ts";

export interface TreeLimits {
  files: number;
  bytes: number;
}

export interface CopySource {
  root: string;
  /** What is not copied. */
  skip: (absolute: string, name: string) => boolean;
  limits: TreeLimits;
}

/** A tree and the copy made of it, each entry as it was right after copying, by path. */
export interface CopiedTree {
  source: CopySource;
  root: string;
  /** Tells the copy from a link in its place. */
  real_root: string;
  originals: Map<string, TreeEntry>;
  copies: Map<string, TreeEntry>;
}

/** Copying lets timers (heartbeats, deadlines) run this often. */
const ENTRIES_PER_TURN = 500;

/** Copies a tree to `root`, which must not exist. Throws LabError usage before copying when it is too big. */
export async function copyTree(source: CopySource, root: string): Promise<CopiedTree> {
  const originals = new Map<string, TreeEntry>();
  let bytes = 0;
  for (const entry of walkTree(source.root, source.skip)) {
    originals.set(entry.path, entry);
    bytes += entry.bytes;
    if (originals.size > source.limits.files || bytes > source.limits.bytes) throw tooBig(source);
  }
  mkdirSync(root);
  const tree: CopiedTree = {
    source,
    root,
    real_root: realpathSync(root),
    originals,
    copies: new Map(),
  };
  for (const [index, entry] of [...originals.values()].entries()) {
    copyAgain(tree, entry);
    if (index % ENTRIES_PER_TURN === ENTRIES_PER_TURN - 1) await Bun.sleep(0);
  }
  return tree;
}

/**
 * Brings the copy back to how it was: removes what is new, copies again what was changed or removed,
 * and touches nothing else. Returns the first original that is needed and was itself changed since,
 * with which this cannot be done; or null when it is done.
 */
export function restoreCopy(tree: CopiedTree): string | null {
  const intact = new Set<string>();
  removeForeign(tree, "", intact);
  const lost = [...tree.originals.values()].filter(({ path }) => !intact.has(path));
  const edited = lost.find((original) => {
    const now = entryAt(tree.source.root, original.path);
    return now?.kind !== original.kind || now.version !== original.version;
  });
  if (edited !== undefined) return edited.path;
  for (const original of lost) copyAgain(tree, original);
  return null;
}

/** False when a command put a link in its place: cleaning would then empty somebody else's folder. */
export function isStillThere(tree: CopiedTree): boolean {
  const stat = lstatSync(tree.root, { throwIfNoEntry: false });
  return stat !== undefined && stat.isDirectory() && realpathSync(tree.root) === tree.real_root;
}

function removeForeign(tree: CopiedTree, folder: string, intact: Set<string>): void {
  for (const name of readdirSync(join(tree.root, folder))) {
    const path = folder === "" ? name : `${folder}/${name}`;
    const wanted = tree.copies.get(path);
    const found = entryAt(tree.root, path);
    if (found === null || found.kind !== wanted?.kind || found.version !== wanted.version) {
      removeTree(join(tree.root, path));
      continue;
    }
    intact.add(path);
    if (found.kind === "folder") removeForeign(tree, path, intact);
  }
}

function copyAgain(tree: CopiedTree, original: TreeEntry): void {
  copyEntry(tree.source.root, tree.root, original);
  const copy = entryAt(tree.root, original.path);
  if (copy !== null) tree.copies.set(original.path, copy);
}

function tooBig({ root, limits }: CopySource): LabError {
  const size = `${limits.files.toLocaleString("en-US")} files or ${limits.bytes / 1024 ** 3} GiB`;
  return new LabError("usage", `the workspace ${root} has more than ${size}`, {
    hint: "Point workspace_root at a smaller folder, use workspace_mode: git-clone, or link large data in from outside.",
  });
}
