import { existsSync } from "node:fs";
import { join } from "node:path";
import { gitOrThrow } from "../git.ts";
import type { RunSession } from "../run-step.ts";
import { readDecision } from "./decision.ts";
import { freshTree, type PinnedBase, type WorkTree } from "./pinned-base.ts";

export interface Incumbent {
  tree: WorkTree;
  source: "best-so-far" | "baseline";
}

/**
 * A fresh tree of what a candidate has to beat: the best so far when it started from the same base
 * (the base plus its patch) or is applied in it; else the base itself.
 */
export async function incumbentTree(session: RunSession, base: PinnedBase): Promise<Incumbent> {
  const { best, experiment_dir } = session.request;
  const tree = await freshTree(base, "incumbent");
  if (best === null) return { tree, source: "baseline" };
  const run_dir = join(experiment_dir, "runs", best.run_id);
  const decision = readDecision(run_dir);
  const patch = join(run_dir, "artifacts", "diff.patch");
  if (decision === null) return { tree, source: "baseline" };
  const applied = decision.applied_commit ?? "";
  if (applied !== "" && applied === base.checkout?.commit) return { tree, source: "best-so-far" };
  if (decision.base_digest !== base.digest || !existsSync(patch)) {
    return { tree, source: "baseline" };
  }
  if (decision.changed_files.length > 0) {
    const alone = { GIT_CEILING_DIRECTORIES: base.dir };
    await gitOrThrow(tree.root, ["apply", "--whitespace=nowarn", "--", patch], alone);
  }
  return { tree, source: "best-so-far" };
}
