import { posix } from "node:path";
import { type CandidatePolicy, nameProblem } from "../candidate/fence.ts";
import { forbiddenPaths } from "../path-policy.ts";
import { entryAt, walkTree } from "../tree.ts";
import type { PinnedBase, WorkTree } from "./pinned-base.ts";
import { hashAt, isGits } from "./tree-hashes.ts";

/** Files of a candidate's tree that must stay as they were pinned, whoever writes in it. */
export interface ProtectedFiles {
  /** Those that setup_command changed in another way than it does in the parent's tree. */
  changedBySetup(parent: () => Promise<WorkTree | null>): Promise<string[]>;
  /** Those in read_only_paths that changed since `changedBySetup`. */
  changedByValidation(): string[];
}

/**
 * Watches a tree that was just made: everything pinned that the policy does not let a candidate
 * change. Its own code runs in setup and validation and could reach for what measures it.
 */
export function protectFiles(
  base: PinnedBase,
  tree: WorkTree,
  policy: CandidatePolicy,
): ProtectedFiles {
  const relative = (path: string): string => posix.relative(base.prefix, path);
  const watched = [...base.hashes.keys()].filter(
    (path) => !isGits(path) && nameProblem(relative(path), policy) !== null,
  );
  const seen = new Map(watched.map((path) => [path, entryAt(tree.root, path)?.version]));
  const changed = (): string[] =>
    [...seen].flatMap(([path, version]) =>
      entryAt(tree.root, path)?.version === version ? [] : [path],
    );
  const isReadOnly = (path: string): boolean =>
    forbiddenPaths([relative(path)], { ...policy, mutable_paths: [] }).length > 0;

  return {
    async changedBySetup(parent) {
      const touched = changed().filter((path) => hashAt(tree.root, path) !== base.hashes.get(path));
      const added = newPaths(base, tree.root).filter(isReadOnly);
      const suspicious = [...touched, ...added];
      const other = suspicious.length === 0 ? null : await parent();
      for (const path of changed()) seen.set(path, entryAt(tree.root, path)?.version);
      for (const path of added) seen.set(path, entryAt(tree.root, path)?.version);
      return suspicious.filter(
        (path) => other === null || hashAt(other.root, path) !== hashAt(tree.root, path),
      );
    },
    changedByValidation: () => changed().filter(isReadOnly),
  };
}

function newPaths(base: PinnedBase, root: string): string[] {
  const skip = (_: string, name: string): boolean => name === "__pycache__" || name === ".git";
  return [...walkTree(root, skip)].flatMap(({ path, kind }) =>
    kind === "folder" || base.hashes.has(path) ? [] : [path],
  );
}
