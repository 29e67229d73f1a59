import { join } from "node:path";
import { applyChanges } from "../candidate/apply-changes.ts";
import type { Candidate } from "../candidate/candidate.ts";
import { type CandidateProblem, fenceProblems, type TreeChange } from "../candidate/fence.ts";
import { materialise } from "../candidate/materialise.ts";
import type { CommandFailure } from "../describe-exit.ts";
import type { RunSession } from "../run-step.ts";
import { type Evidence, evidenceOf, keepBefore, mutationChanges } from "./candidate-changes.ts";
import { writeArtifact } from "./artifacts.ts";
import { mutate, mutationOf } from "./mutate.ts";
import type { ParentTree } from "./parent-tree.ts";
import { freshTree, type PinnedBase, type WorkTree } from "./pinned-base.ts";

/** A candidate's real change, in a fresh tree that has it and nothing else. */
export interface CandidateTree {
  tree: WorkTree;
  changes: TreeChange[];
  evidence: Evidence;
  /** Why it must not be scored; empty when it may. */
  problems: CandidateProblem[];
  /** The parent as it was before the mutation, with setup done; null for a given candidate. */
  before: WorkTree | null;
}

/**
 * Gets the candidate of the run (given, made by the mutation, or the parent itself) and rebuilds it:
 * pinned base plus changes, whether or not the fence lets it through.
 */
export async function candidateTree(
  session: RunSession,
  base: PinnedBase,
  parent: ParentTree,
): Promise<CandidateTree | { failure: CommandFailure } | { problems: CandidateProblem[] }> {
  const { spec, candidate } = session.request;
  const made =
    candidate === undefined
      ? await mutated(session, base, parent)
      : await given(candidate, base, session);
  if ("failure" in made || "problems" in made) return made;
  const { changes, content, before } = made;
  const tree = await freshTree(base, "b");
  applyChanges(changes, content, tree.cwd);
  const evidence = await evidenceOf(base, "b", changes);
  const problems = fenceProblems(changes, spec, `${base.root}/${base.prefix}`);
  return { tree, changes, evidence, problems, before };
}

interface Change {
  changes: TreeChange[];
  /** A workspace that has the new content. */
  content: string;
  before: WorkTree | null;
}

async function mutated(
  session: RunSession,
  base: PinnedBase,
  parent: ParentTree,
): Promise<Change | { failure: CommandFailure }> {
  if (mutationOf(session.request.spec) === "none") {
    return { changes: [], content: base.root, before: null };
  }
  const tree = await parent.ready();
  if ("outcome" in tree) return { failure: tree };
  const before = await keepBefore(base, tree);
  const failure = await mutate(session, tree.cwd);
  if (failure !== null) return { failure };
  return { changes: await mutationChanges(base, before, tree), content: tree.cwd, before };
}

async function given(
  candidate: Candidate,
  base: PinnedBase,
  session: RunSession,
): Promise<Change | { problems: CandidateProblem[] }> {
  const { spec, run } = session.request;
  const workspace = join(base.root, base.prefix);
  const made = await materialise(candidate, workspace, join(base.dir, "candidate"), spec);
  if ("changes" in made) return { ...made, before: null };
  // What cannot even be made is kept as it was given.
  const [name, text]: [string, string] =
    candidate.kind === "patch"
      ? ["candidate.patch", candidate.patch]
      : ["candidate.json", JSON.stringify(candidate.files, null, 2)];
  writeArtifact(`${run.dir}/artifacts`, name, text);
  return made;
}
