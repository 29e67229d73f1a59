import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { LabError } from "../domain/errors.ts";
import type { WorkspaceMode } from "../domain/types.ts";
import {
  type CopiedTree,
  type TreeLimits,
  copyTree,
  isStillThere,
  restoreCopy,
} from "./copied-tree.ts";
import { gitOrThrow } from "./git.ts";
import { removeTree } from "./remove-tree.ts";
import { entryAt } from "./tree.ts";
import { type Checkout, checkedOut, existingFolder, realPath } from "./workspace.ts";

export interface SandboxOptions {
  workspace_root: string;
  /** `auto` is a copy of the working tree as it is. */
  mode: WorkspaceMode;
  /** Folder to make; must not exist. */
  dir: string;
  /** Absolute folders that are not part of the workspace even when inside it: the data root. */
  exclude: readonly string[];
  /** Refuse a git checkout with uncommitted changes, and a folder that is no checkout. */
  require_clean: boolean;
  /** Default 50,000 files and 2 GiB. */
  limits?: TreeLimits;
}

/** A private copy of a workspace that commands may change at will. */
export interface Sandbox {
  /** Top of the copied tree: `cwd`, or the root of the clone above it. */
  root: string;
  /** Where commands run: the counterpart of workspace_root. */
  cwd: string;
  mode: "copy" | "git-clone";
  /** Things a user should know, such as uncommitted changes that a clone does not have. */
  notes: string[];
  /**
   * Brings back the state at creation; call it when no command of the sandbox runs any more. Returns
   * null, or a sentence when the workspace was edited meanwhile and had to be copied anew.
   */
  restore(): Promise<string | null>;
  dispose(): Promise<void>;
}

/** Of a workspace. */
export const LIMITS: TreeLimits = { files: 50_000, bytes: 2 * 1024 ** 3 };

/**
 * Makes a sandbox from a workspace, which is only ever read. Throws LabError not-found for a missing
 * workspace, usage for one that is too big or no git checkout, policy-refused for a dirty one.
 */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const workspace = existingFolder(options.workspace_root);
  const exclude = [...options.exclude, options.dir].map(realPath);
  const checkout = await checkedOut(workspace, options, exclude);
  mkdirSync(options.dir, { recursive: true });
  try {
    return checkout !== null && options.mode === "git-clone"
      ? await sandboxFromClone(checkout, options)
      : await sandboxFromCopy(workspace, exclude, options);
  } catch (error) {
    removeTree(options.dir);
    throw error;
  }
}

async function sandboxFromCopy(
  workspace: string,
  exclude: readonly string[],
  { dir, limits = LIMITS }: SandboxOptions,
): Promise<Sandbox> {
  const skip = (path: string, name: string): boolean => name === ".git" || exclude.includes(path);
  const root = join(dir, "work");
  const tree = await copyTree({ root: workspace, skip, limits }, root);
  return sandboxOf(tree, dir, { root, cwd: root, mode: "copy", notes: [] });
}

/** The clone is kept untouched beside its copy, which is the sandbox: files are restored from it. */
async function sandboxFromClone(
  { toplevel, prefix, uncommitted: dirty }: Checkout,
  { dir, limits = LIMITS }: SandboxOptions,
): Promise<Sandbox> {
  const clone = join(dir, "clone");
  // The reading side of a clone is a git of its own, which does not see our settings.
  const reader = "--upload-pack=git -c safe.directory='*' upload-pack";
  const options = ["--quiet", "--local", "--no-hardlinks", "--template=", reader];
  await gitOrThrow(toplevel, ["clone", ...options, "--", toplevel, clone]);
  if (entryAt(clone, prefix)?.kind !== "folder") {
    throw new LabError("usage", `${prefix} is not committed: a clone does not have it`, {
      hint: "Commit it, or set workspace_mode: copy.",
    });
  }
  const root = join(dir, "work");
  const tree = await copyTree({ root: clone, skip: () => false, limits }, root);
  const notes = dirty.length > 0 ? [`git-clone leaves out uncommitted: ${dirty.join(", ")}`] : [];
  return sandboxOf(tree, dir, { root, cwd: join(root, prefix), mode: "git-clone", notes });
}

function sandboxOf(
  first: CopiedTree,
  dir: string,
  shown: Pick<Sandbox, "root" | "cwd" | "mode" | "notes">,
): Sandbox {
  let tree = first;
  return {
    ...shown,
    restore: async () => {
      const there = isStillThere(tree);
      const edited = there ? restoreCopy(tree) : null;
      if (there && edited === null) return null;
      removeTree(tree.root);
      mkdirSync(dirname(tree.root), { recursive: true });
      tree = await copyTree(tree.source, tree.root);
      return edited && `${edited} was edited in the workspace, which was copied anew`;
    },
    dispose: async () => removeTree(dir),
  };
}
