import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../../domain/errors.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import { copyTree } from "../copied-tree.ts";
import { removeTree } from "../remove-tree.ts";
import { LIMITS } from "../sandbox.ts";
import { entryAt } from "../tree.ts";
import { type Checkout, checkedOut, existingFolder, realPath } from "../workspace.ts";
import { checkoutHead, headOf } from "./mirror.ts";
import { type TreeHashes, treeDigest, treeHashes } from "./tree-hashes.ts";

/** The state that a candidate starts from: a copy in which nothing is ever run. */
export interface PinnedBase {
  /** Folder of all trees of the run. */
  dir: string;
  root: string;
  /** The workspace below the root; "" when it is the root. */
  prefix: string;
  mode: "copy" | "git-clone";
  hashes: TreeHashes;
  digest: string;
  /** The checkout it came from, and its commit then; null when no checkout was asked for. */
  checkout: (Pick<Checkout, "toplevel" | "prefix"> & { commit: string }) | null;
  /** Things a user should know. */
  notes: string[];
}

/** A tree in which commands of the run work. */
export interface WorkTree {
  root: string;
  /** The workspace in it. */
  cwd: string;
}

/** A command of the run reached for the state that candidates start from. */
export class Tampering extends Error {
  override readonly name = "Tampering";
}

/**
 * Pins the workspace, which is only read: a copy of the working tree, or HEAD for `git-clone`.
 * Throws LabError as createSandbox does. `dir` must not exist.
 */
export async function pinBase(
  spec: Spec,
  { dir, data_root }: { dir: string; data_root: string },
): Promise<PinnedBase> {
  const workspace = existingFolder(spec.workspace_root);
  const exclude = [data_root, dir].map(realPath);
  const require_clean = spec.require_clean_workspace || spec.promotion_strategy !== "patch-only";
  const mode = spec.workspace_mode === "git-clone" ? "git-clone" : "copy";
  const found = await checkedOut(workspace, { mode, require_clean }, exclude);
  mkdirSync(dir, { recursive: true });
  // The names that a patch usually has: a/ before, b/ after.
  const root = join(dir, "a");
  const notes: string[] = [];
  let commit: string | null = null;
  try {
    if (mode === "git-clone" && found !== null) {
      commit = await checkoutHead(found.toplevel, join(data_root, "scratch", "mirrors"), root);
      const left = found.uncommitted;
      if (left.length > 0) notes.push(`git-clone leaves out uncommitted: ${left.join(", ")}`);
      if (entryAt(root, found.prefix)?.kind !== "folder") throw notCommitted(found.prefix);
    } else {
      if (found !== null) commit = await headOf(found.toplevel);
      const skip = (path: string, name: string): boolean =>
        name === ".git" || exclude.includes(path);
      await copyTree({ root: workspace, skip, limits: LIMITS }, root);
    }
    const hashes = await treeHashes(root);
    return {
      dir,
      root,
      prefix: mode === "git-clone" ? (found?.prefix ?? "") : "",
      mode,
      hashes,
      digest: treeDigest(hashes),
      checkout: found === null || commit === null ? null : { ...found, commit },
      notes,
    };
  } catch (error) {
    removeTree(dir);
    throw error;
  }
}

/**
 * A fresh tree with exactly the pinned content. Throws Tampering when that content is no longer what
 * was pinned: whatever would be measured in it means nothing.
 */
export async function freshTree(base: PinnedBase, name: string): Promise<WorkTree> {
  const root = join(base.dir, name);
  await copyTree({ root: base.root, skip: () => false, limits: LIMITS }, root);
  const now = await treeHashes(root);
  const changed = [...base.hashes].find(([path, hash]) => now.get(path) !== hash)?.[0];
  const added = [...now.keys()].find((path) => !base.hashes.has(path));
  if (changed !== undefined || added !== undefined) {
    throw new Tampering(`the pinned copy of the workspace was changed: ${changed ?? added}`);
  }
  return { root, cwd: join(root, base.prefix) };
}

function notCommitted(prefix: string): LabError {
  return new LabError("usage", `${prefix} is not committed: a clone does not have it`, {
    hint: "Commit it, or set workspace_mode: copy.",
  });
}
