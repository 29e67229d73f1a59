import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, posix, resolve } from "node:path";
import { forbiddenPaths } from "../path-policy.ts";
import { entryAt, isInside } from "../tree.ts";

/** One path that a candidate changes, and what is there afterwards. */
export interface TreeChange {
  /** Relative to the workspace, with `/`. */
  path: string;
  after: { kind: "file"; bytes: number } | { kind: "link"; target: string } | null;
}

/** What a SPEC allows a candidate to change, relative to the workspace. */
export interface CandidatePolicy {
  mutable_paths: readonly string[];
  read_only_paths: readonly string[];
  /** Default 2000 files and 64 MiB. */
  max_files?: number;
  max_bytes?: number;
}

export interface CandidateProblem {
  /** "" when it is about the candidate as a whole. */
  path: string;
  problem: string;
  /** It cannot be made, whatever is allowed: a patch that does not apply. */
  unusable?: true;
}

const MAX_FILES = 2000;
const MAX_BYTES = 64 * 1024 ** 2;

/** Files by which git can be told to run a program or to fetch something. */
const GIT_SETTINGS = new Set([".gitattributes", ".gitmodules"]);

/**
 * Everything about a change that is not allowed: names that are not plain, git's own files, what
 * the policy excludes, ways through links, links out of the workspace, and too much of it. `root`
 * is the workspace before the change.
 */
export function fenceProblems(
  changes: readonly TreeChange[],
  policy: CandidatePolicy,
  root: string,
): CandidateProblem[] {
  const problems = changes.flatMap((change) => {
    const problem =
      nameProblem(change.path, policy) ??
      wayProblem(change.path, root) ??
      linkProblem(change, root);
    return problem === null ? [] : [{ path: change.path, problem }];
  });
  return [...problems, ...sizeProblems(changes, policy)];
}

/** What is wrong with a path whatever is done to it; null when nothing is. */
export function nameProblem(path: string, policy: CandidatePolicy): string | null {
  if (path === "" || path.includes("\0")) return "is not a file name";
  if (posix.isAbsolute(path)) return "is an absolute path";
  const parts = path.split("/");
  if (parts.includes("..")) return "leaves the workspace";
  if (posix.normalize(path) !== path || path.endsWith("/") || path === ".") {
    return `is not in its plain form ${posix.normalize(path).replace(/\/$/, "")}`;
  }
  if (parts.some(isGitFolder)) return "belongs to git";
  const name = basename(path).toLowerCase();
  if (GIT_SETTINGS.has(name) && !policy.mutable_paths.includes(path)) {
    return "can make git run programs: only mutable_paths that name it exactly allow it";
  }
  return forbiddenPaths([path], policy).length > 0 ? policyReason(path, policy) : null;
}

/** Also as file systems that ignore case, or dots and blanks at the end, understand it. */
function isGitFolder(part: string): boolean {
  return part.toLowerCase().replace(/[. ]+$/, "") === ".git" || /^git~\d+$/i.test(part);
}

function policyReason(path: string, policy: CandidatePolicy): string {
  const readOnly = { mutable_paths: [], read_only_paths: policy.read_only_paths };
  return forbiddenPaths([path], readOnly).length > 0
    ? "is in read_only_paths"
    : "is not in mutable_paths";
}

/** A change is made where its path says: not behind a link, and not inside a file. */
function wayProblem(path: string, root: string): string | null {
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
    if (entryAt(root, folder)?.kind === "link") return `goes through the link ${folder}`;
  }
  return null;
}

function linkProblem({ path, after }: TreeChange, root: string): string | null {
  if (after?.kind !== "link") return null;
  const leaves = `is a link that leaves the workspace, to ${after.target}`;
  if (posix.isAbsolute(after.target)) return leaves;
  const target = resolve(root, dirname(path), after.target);
  if (!isInside(root, target)) return leaves;
  if (after.target.split("/").some(isGitFolder)) return "is a link into git's own folder";
  // The way to the target may itself lead through a link.
  if (existsSync(target) && !isInside(realpathSync(root), realpathSync(target))) return leaves;
  return null;
}

function sizeProblems(
  changes: readonly TreeChange[],
  { max_files = MAX_FILES, max_bytes = MAX_BYTES }: CandidatePolicy,
): CandidateProblem[] {
  const bytes = changes.reduce(
    (sum, { after }) => sum + (after?.kind === "file" ? after.bytes : 0),
    0,
  );
  const problems: string[] = [];
  if (changes.length > max_files) {
    problems.push(`changes ${changes.length} files, more than ${max_files}`);
  }
  if (bytes > max_bytes) problems.push(`has ${bytes} bytes, more than ${max_bytes}`);
  return problems.map((problem) => ({ path: "", problem }));
}

/** All problems in one line: `evaluate.sh is in read_only_paths; ...`. */
export function problemsText(problems: readonly CandidateProblem[]): string {
  return problems
    .map(({ path, problem }) => (path === "" ? `the change ${problem}` : `${path} ${problem}`))
    .join("; ");
}

/** Where `path` of a tree lies on disk. */
export function placeOf(root: string, path: string): string {
  return join(root, ...path.split("/"));
}
