import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { placeOf, type TreeChange } from "../candidate/fence.ts";
import { sameEntry } from "../candidate/materialise.ts";
import { copyTree } from "../copied-tree.ts";
import { git, gitOrThrow } from "../git.ts";
import { LIMITS } from "../sandbox.ts";
import { type TreeEntry, walkTree } from "../tree.ts";
import { writeArtifact } from "./artifacts.ts";
import type { PinnedBase, WorkTree } from "./pinned-base.ts";
import { sha256 } from "./tree-hashes.ts";

/** Left behind by interpreters and test runners: never part of a candidate. */
export const BY_PRODUCTS: ReadonlySet<string> = new Set([
  "__pycache__",
  ".pytest_cache",
  ".mypy_cache",
  ".ruff_cache",
  ".ipynb_checkpoints",
]);

const DIFF = ["diff", "--no-index", "--no-renames", "--no-color", "--no-ext-diff", "--no-textconv"];

/** Keeps the state of a tree before its mutation, as another tree. */
export async function keepBefore(base: PinnedBase, tree: WorkTree): Promise<WorkTree> {
  const root = join(base.dir, "before");
  const skip = (path: string, name: string): boolean => isNoCandidate(tree.root, path, name);
  await copyTree({ root: tree.root, skip, limits: LIMITS }, root);
  return { root, cwd: join(root, base.prefix) };
}

/**
 * What a mutation changed, as paths relative to the workspace (`../x` when the workspace is not the
 * root): files and links that are new, different or gone. By-products and git's own folder at the
 * root do not count, and neither does what the checkout ignores.
 */
export async function mutationChanges(
  base: PinnedBase,
  before: WorkTree,
  after: WorkTree,
): Promise<TreeChange[]> {
  const old = entriesOf(before.root);
  const now = entriesOf(after.root);
  const gone = [...old.keys()].filter((path) => !now.has(path));
  const fresh = [...now.keys()].filter((path) => !sameEntry(before.root, after.root, path));
  const ignored = await ignoredPaths(
    base,
    fresh.filter((path) => !base.hashes.has(path)),
  );
  const changes: TreeChange[] = gone.map((path) => ({ path, after: null }));
  for (const path of fresh) {
    const entry = now.get(path);
    if (entry === undefined || ignored.has(path)) continue;
    const target = entry.kind === "link" ? readlinkSync(placeOf(after.root, path)) : "";
    const kept = entry.kind === "link" ? { kind: entry.kind, target } : fileOf(entry);
    changes.push({ path, after: kept });
  }
  return changes
    .map((change) => ({ ...change, path: posix.relative(base.prefix, change.path) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function fileOf(entry: TreeEntry): { kind: "file"; bytes: number } {
  return { kind: "file", bytes: entry.bytes };
}

/** The files that show a change, as they were before anything of the candidate ran. */
export interface Evidence {
  /** Relative to the root of the tree. */
  changed_files: string[];
  patch_sha256: string;
  /** Writes diff.patch, diffstat.txt and changed-files.txt. */
  keep(artifacts: string): void;
}

/**
 * The evidence about a tree, a folder beside the base's, that differs from it by the changes only.
 * diff.patch is for `git apply`, from the root of the tree.
 */
export async function evidenceOf(
  base: PinnedBase,
  tree: string,
  changes: readonly TreeChange[],
): Promise<Evidence> {
  const changed_files = changes.map(({ path }) => posix.join(base.prefix, path));
  const file = join(base.dir, "diff.patch");
  writeFileSync(file, "");
  // Run beside both trees, so that both names are one word and -p1 leaves paths from the root.
  const alone = { GIT_CEILING_DIRECTORIES: base.dir };
  if (changed_files.length > 0) {
    const args = [...DIFF, "--binary", "--no-prefix", `--output=${file}`, "a", tree];
    const result = await git(base.dir, args, alone);
    if (result.exit_code > 1) throw new Error(`git diff failed: ${result.stderr}`);
  }
  const patch = readFileSync(file);
  const stat =
    patch.length === 0 ? "" : await gitOrThrow(base.dir, ["apply", "--stat", "--", file], alone);
  return {
    changed_files,
    patch_sha256: sha256(patch),
    keep(artifacts) {
      writeArtifact(artifacts, "diff.patch", patch);
      writeArtifact(artifacts, "diffstat.txt", stat);
      const list = changed_files.map((path) => `${path}\n`).join("");
      writeArtifact(artifacts, "changed-files.txt", list);
    },
  };
}

function entriesOf(root: string): Map<string, TreeEntry> {
  const skip = (path: string, name: string): boolean => isNoCandidate(root, path, name);
  const entries = [...walkTree(root, skip)].filter(({ kind }) => kind !== "folder");
  return new Map(entries.map((entry) => [entry.path, entry]));
}

function isNoCandidate(root: string, path: string, name: string): boolean {
  return BY_PRODUCTS.has(name) || path === join(root, ".git");
}

/** New files that the checkout ignores: build output and caches that no commit would have. */
async function ignoredPaths(base: PinnedBase, paths: readonly string[]): Promise<Set<string>> {
  if (base.mode !== "git-clone" || paths.length === 0) return new Set();
  const args = ["check-ignore", "--no-index", "-z", "--stdin"];
  const result = await git(base.root, args, {}, paths.join("\0"));
  return new Set(result.stdout.split("\0").filter((path) => path !== ""));
}
