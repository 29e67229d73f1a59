import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { git } from "../git.ts";
import { copyEntry, entryAt, walkTree } from "../tree.ts";
import type { Candidate, FileContent } from "./candidate.ts";
import {
  type CandidatePolicy,
  type CandidateProblem,
  fenceProblems,
  placeOf,
  type TreeChange,
} from "./fence.ts";
import { patchNames } from "./patch-names.ts";

/** The real change of a candidate: each path, and a folder that has the new content of each. */
export interface Materialised {
  changes: TreeChange[];
  content: string;
}

/**
 * Works out what a candidate changes in the workspace `root`, which is only read; new content goes
 * below `dir`. Problems instead when it names what it must not, or does not apply.
 */
export async function materialise(
  candidate: Candidate,
  root: string,
  dir: string,
  policy: CandidatePolicy,
): Promise<Materialised | { problems: CandidateProblem[] }> {
  const content = join(dir, "content");
  mkdirSync(content, { recursive: true });
  const names =
    candidate.kind === "files"
      ? Object.keys(candidate.files)
      : patchNames(candidate.patch, candidate.strip);
  // Refused by name before anything is written: a name may lead anywhere.
  const named = names.map((path) => ({ path, after: null }));
  const problems = fenceProblems(named, policy, root);
  if (problems.length > 0) return { problems };
  const failed =
    candidate.kind === "files"
      ? writeContent(candidate.files, root, content)
      : await applyPatch(candidate, names, root, content, dir);
  if (failed.length > 0) {
    return { problems: failed.map((problem) => ({ ...problem, unusable: true })) };
  }
  return { content, changes: realChanges(names, root, content) };
}

function writeContent(
  files: Record<string, FileContent | null>,
  root: string,
  content: string,
): CandidateProblem[] {
  const problems: CandidateProblem[] = [];
  const paths = new Set(Object.keys(files));
  const gone = new Set([...paths].filter((path) => files[path] === null));
  for (const [path, given] of Object.entries(files)) {
    const before = entryAt(root, path);
    if (given === null) {
      if (before === null) problems.push({ path, problem: "is to be deleted and is not there" });
      if (before?.kind === "folder") problems.push({ path, problem: "is a folder" });
      continue;
    }
    const blocked = parents(path).find(
      (folder) =>
        (paths.has(folder) && !gone.has(folder)) ||
        (entryAt(root, folder)?.kind === "file" && !gone.has(folder)),
    );
    if (before?.kind === "folder") problems.push({ path, problem: "is a folder" });
    else if (blocked !== undefined)
      problems.push({ path, problem: `is below the file ${blocked}` });
    if (problems.length > 0) continue;
    const target = placeOf(content, path);
    mkdirSync(dirname(target), { recursive: true });
    const bytes = typeof given === "string" ? given : Buffer.from(given.base64, "base64");
    writeFileSync(target, bytes);
    if (before?.kind === "file" && isExecutable(placeOf(root, path))) chmodSync(target, 0o755);
  }
  return problems;
}

/** Applies it to copies of the files it names, where nothing else can be touched. */
async function applyPatch(
  { patch, strip = 1 }: Extract<Candidate, { kind: "patch" }>,
  names: readonly string[],
  root: string,
  content: string,
  dir: string,
): Promise<CandidateProblem[]> {
  if (names.length === 0) {
    const problem = "is not a patch: no file is named in it";
    return patch.trim() === "" ? [] : [{ path: "", problem }];
  }
  for (const path of names) {
    const entry = entryAt(root, path);
    if (entry === null || entry.kind === "folder" || entryAt(content, path) !== null) continue;
    mkdirSync(dirname(placeOf(content, path)), { recursive: true });
    copyEntry(root, content, entry);
  }
  const file = join(dir, "candidate.patch");
  writeFileSync(file, patch.endsWith("\n") ? patch : `${patch}\n`);
  // Not as a part of a checkout that the folder may happen to lie in.
  const alone = { GIT_CEILING_DIRECTORIES: dir };
  const done = await git(
    content,
    ["apply", `-p${strip}`, "--whitespace=nowarn", "--", file],
    alone,
  );
  if (done.exit_code === 0) return [];
  const why = done.stderr.replaceAll(/^(error|fatal): /gm, "").replaceAll("\n", "; ");
  return [{ path: "", problem: `does not apply: ${why}` }];
}

function realChanges(names: readonly string[], root: string, content: string): TreeChange[] {
  const after = [...walkTree(content, () => false)].filter((entry) => entry.kind !== "folder");
  const kept = new Set(after.map((entry) => entry.path));
  const removed = names.filter((path) => !kept.has(path) && isFileOrLink(root, path));
  const changes: TreeChange[] = removed.map((path) => ({ path, after: null }));
  for (const { path, kind, bytes } of after) {
    if (sameEntry(root, content, path)) continue;
    const target = kind === "link" ? readlinkSync(placeOf(content, path)) : "";
    changes.push({ path, after: kind === "link" ? { kind, target } : { kind: "file", bytes } });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Whether one path is the same file or link in two trees: content, target, executable or not. */
export function sameEntry(one: string, other: string, path: string): boolean {
  const [a, b] = [entryAt(one, path), entryAt(other, path)];
  if (a === null || b === null || a.kind !== b.kind) return a === b;
  const [first, second] = [placeOf(one, path), placeOf(other, path)];
  if (a.kind === "folder") return true;
  if (a.kind === "link") return readlinkSync(first) === readlinkSync(second);
  if (a.bytes !== b.bytes || isExecutable(first) !== isExecutable(second)) return false;
  return readFileSync(first).equals(readFileSync(second));
}

function isExecutable(path: string): boolean {
  return (lstatSync(path).mode & 0o100) !== 0;
}

function isFileOrLink(root: string, path: string): boolean {
  const kind = entryAt(root, path)?.kind;
  return kind === "file" || kind === "link";
}

function parents(path: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) folders.push(folder);
  return folders;
}
