import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyTree } from "../copied-tree.ts";
import { git, gitOrThrow } from "../git.ts";
import { removeTree } from "../remove-tree.ts";
import type { Sandbox } from "../sandbox.ts";

/** Left behind by interpreters and test runners: never part of a candidate. */
const BY_PRODUCTS = new Set([
  "__pycache__",
  ".pytest_cache",
  ".mypy_cache",
  ".ruff_cache",
  ".ipynb_checkpoints",
]);

const UNLIMITED = { files: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
const DIFF = ["diff", "--no-index", "--no-renames", "--no-color", "--no-ext-diff", "--no-textconv"];

/** Keeps the state before the mutation, in `dir`, beside the sandbox. */
export async function keepBefore(sandbox: Sandbox, dir: string): Promise<void> {
  const skip = (_: string, name: string): boolean => BY_PRODUCTS.has(name);
  await copyTree({ root: sandbox.root, skip, limits: UNLIMITED }, join(dir, "before"));
}

/**
 * What the mutation changed, as paths relative to the root of the sandbox, with diff.patch,
 * diffstat.txt and changed-files.txt written to `artifacts`. Afterwards the sandbox holds the state
 * before, the changes and nothing else: no by-products, and git's own folder as it was.
 */
export async function collectChanges(
  sandbox: Sandbox,
  dir: string,
  artifacts: string,
): Promise<string[]> {
  const before = join(dir, "before");
  removeTree(join(sandbox.root, ".git"));
  const hasGit = existsSync(join(before, ".git"));
  if (hasGit) renameSync(join(before, ".git"), join(dir, "git"));
  removeByProducts(sandbox.root);

  // Runs in `dir`, so that both names are one word and -p1 leaves paths relative to the root.
  const trees = ["before", "work"];
  const changed = changedPaths(await diff(dir, [...DIFF, "--name-status", "-z", ...trees]));
  const patch = join(artifacts, "diff.patch");
  writeFileSync(patch, await diff(dir, [...DIFF, "--binary", "--no-prefix", ...trees]));
  const stat = changed.length === 0 ? "" : await gitOrThrow(dir, ["apply", "--stat", "--", patch]);
  writeFileSync(join(artifacts, "diffstat.txt"), stat);
  writeFileSync(join(artifacts, "changed-files.txt"), changed.map((path) => `${path}\n`).join(""));

  removeTree(before);
  if (hasGit) renameSync(join(dir, "git"), join(sandbox.root, ".git"));
  return changed;
}

function removeByProducts(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (BY_PRODUCTS.has(entry.name)) removeTree(join(folder, entry.name));
    else if (entry.isDirectory()) removeByProducts(join(folder, entry.name));
  }
}

/** Exit code 1 means that there are differences. */
async function diff(dir: string, args: readonly string[]): Promise<string> {
  const result = await git(dir, args);
  if (result.exit_code <= 1) return result.stdout;
  throw new Error(`git diff failed: ${result.stderr}`);
}

/** From `M\0before/a\0A\0work/b\0`: status and path by turns. */
function changedPaths(nameStatus: string): string[] {
  const fields = nameStatus.split("\0").slice(0, -1);
  return fields.flatMap((field, index) =>
    index % 2 === 0 ? [] : [field.slice(field.indexOf("/") + 1)],
  );
}
