import { mkdirSync } from "node:fs";
import { removeTree } from "../remove-tree.ts";
import { type CandidatePolicy, type CandidateProblem, fenceProblems } from "./fence.ts";
import { changesDigest } from "./candidate-digest.ts";
import { materialise } from "./materialise.ts";

/** Content of one file: text, or bytes in base64. */
export type FileContent = string | { base64: string };

/**
 * A proposed change of a workspace. Paths are relative to the workspace. A patch is a unified diff
 * with one leading folder in its names (`a/x`, `b/x`), as `git diff` makes it, or `strip` of them; of
 * files, null deletes and everything else replaces or creates.
 */
export type Candidate =
  | { kind: "patch"; patch: string; strip?: number }
  | { kind: "files"; files: Record<string, FileContent | null> };

export interface CandidateCheck {
  /** Empty when the candidate may be scored. */
  problems: CandidateProblem[];
  /** Paths that would really differ from the base; empty when it changes nothing or does not apply. */
  changed_files: string[];
  /** changesDigest() of it; "" when there are problems. */
  digest: string;
}

/**
 * Everything that scoring would refuse about a candidate, without running anything of it. `root` is
 * the workspace it starts from and is only read; `scratch_dir` must not exist and is removed again.
 */
export async function checkCandidate(
  candidate: Candidate,
  base: { root: string; policy: CandidatePolicy; scratch_dir: string },
): Promise<CandidateCheck> {
  mkdirSync(base.scratch_dir, { recursive: true });
  try {
    const made = await materialise(candidate, base.root, base.scratch_dir, base.policy);
    if ("problems" in made) return { problems: made.problems, changed_files: [], digest: "" };
    const changed_files = made.changes.map((change) => change.path);
    const problems = fenceProblems(made.changes, base.policy, base.root);
    const digest = problems.length > 0 ? "" : changesDigest(made.changes, made.content);
    return { problems, changed_files, digest };
  } finally {
    removeTree(base.scratch_dir);
  }
}
