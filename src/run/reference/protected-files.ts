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
  /** What each should be; as it was pinned unless the parent's setup changes it. */
  const expected = new Map(watched.map((path) => [path, base.hashes.get(path) ?? ""]));
  const seen = new Map(watched.map((path) => [path, entryAt(tree.root, path)?.version]));
  const changed = (): string[] =>
    [...expected].flatMap(([path, hash]) => {
      const version = entryAt(tree.root, path)?.version;
      // An unchanged version is unchanged content: ctime cannot be set back.
      if (version === seen.get(path)) return [];
      if (hashAt(tree.root, path) !== hash) return [path];
      seen.set(path, version);
      return [];
    });
  const isReadOnly = (path: string): boolean =>
    forbiddenPaths([relative(path)], { ...policy, mutable_paths: [] }).length > 0;

  return {
    async changedBySetup(parent) {
      const added = newPaths(base, tree.root).filter(isReadOnly);
      const suspicious = [...changed(), ...added];
      const other = suspicious.length === 0 ? null : await parent();
      const wrong = suspicious.filter(
        (path) => other === null || hashAt(other.root, path) !== hashAt(tree.root, path),
      );
      for (const path of suspicious) {
        expected.set(path, hashAt(tree.root, path));
        seen.set(path, entryAt(tree.root, path)?.version);
      }
      return wrong;
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
