import { existsSync, mkdirSync, readdirSync, renameSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { FileTreeSchema, type FileTree } from "../domain/dispatch/file-tree.ts";
import type { WorkspaceSource } from "../domain/dispatch/run-package.ts";
import { LabError, systemCode } from "../domain/errors.ts";
import { gitOrThrow } from "../run/git.ts";
import { removeTree } from "../run/remove-tree.ts";
import { entryAt, walkTree } from "../run/tree.ts";
import type { Blobs } from "../store/blobs.ts";
import { ensureFolder, replaceFile, temporaryPath } from "../store/durable.ts";
import { writeTree } from "../store/file-trees.ts";
import { readText } from "../store/read-text.ts";
import { parsed } from "./attempt-folder.ts";

/** Reads the tree that a blob describes. Throws LabError damaged when it is none. */
export function readTree(blobs: Pick<Blobs, "path">, digest: string): FileTree {
  const tree = parsed(FileTreeSchema(), readText(blobs.path(digest)));
  if (tree !== null) return tree;
  throw new LabError("damaged", `the blob ${digest} is no tree of files`, {
    hint: "labctl of the same version has to be on both sides",
  });
}

/**
 * A private copy of a package's workspace at `target`, which must not exist; returns the folder that
 * is the workspace in it. For runs that work in the workspace itself.
 */
export async function writeWorkspace(
  source: WorkspaceSource,
  target: string,
  blobs: Pick<Blobs, "path">,
): Promise<string> {
  if (source.kind === "tree") {
    writeTree(readTree(blobs, source.digest), target, blobs);
    return target;
  }
  await writeCheckout(source, target, blobs.path(source.digest));
  const directory = join(target, source.directory);
  if (source.directory === "" || entryAt(target, source.directory)?.kind === "folder") {
    return directory;
  }
  throw new LabError("usage", `${source.directory} is not in commit ${source.commit}`, {
    hint: "commit the workspace, or set workspace_mode: copy",
  });
}

/** A checkout of the bundle's commit, clean, whatever the references in it are called. */
async function writeCheckout(
  { commit }: Extract<WorkspaceSource, { kind: "git" }>,
  target: string,
  bundle: string,
): Promise<void> {
  mkdirSync(target);
  try {
    await gitOrThrow(target, ["init", "--quiet", "--template="]);
    await gitOrThrow(target, ["bundle", "unbundle", bundle]);
    await gitOrThrow(target, ["checkout", "--quiet", "--detach", commit]);
  } catch (error) {
    removeTree(target);
    throw error;
  }
}

/**
 * The extracted workspace in `folder`, shared by all runs that copy it. It is used only as long as
 * nothing in it was touched since it was written: a changed ctime cannot be forged.
 */
export async function sharedWorkspace(
  source: WorkspaceSource,
  folder: string,
  blobs: Pick<Blobs, "path">,
): Promise<string> {
  ensureFolder(folder);
  const name = workspaceName(source);
  const there = intactVersion(folder, name);
  if (there !== null) return used(there, source);
  const temporary = temporaryPath(join(folder, name));
  mkdirSync(temporary);
  try {
    await writeWorkspace(source, join(temporary, "tree"), blobs);
    replaceFile(join(temporary, "state"), stateOf(join(temporary, "tree")));
    for (let version = 1; ; version++) {
      // Others that began with it at the same moment may have been quicker.
      const theirs = intactVersion(folder, name);
      if (theirs !== null) {
        removeTree(temporary);
        return used(theirs, source);
      }
      const dir = join(folder, `${name}-${version}`);
      try {
        if (existsSync(dir)) continue;
        renameSync(temporary, dir);
      } catch (error) {
        if (!["EEXIST", "ENOTEMPTY"].includes(systemCode(error))) throw error;
        continue;
      }
      return used(dir, source);
    }
  } catch (error) {
    removeTree(temporary);
    throw error;
  }
}

function intactVersion(folder: string, name: string): string | null {
  const found = versionsOf(folder, name).find((version) => isIntact(join(folder, version)));
  return found === undefined ? null : join(folder, found);
}

/** Name of a workspace in the cache; versions of it end in `-1`, `-2`, ... */
export function workspaceName(source: WorkspaceSource): string {
  return source.kind === "tree" ? source.digest : `${source.digest}-${source.commit.slice(0, 12)}`;
}

function versionsOf(folder: string, name: string): string[] {
  return readdirSync(folder).filter((found) => found.startsWith(`${name}-`));
}

/** The time of last use decides what leaves the cache first. */
function used(dir: string, source: WorkspaceSource): string {
  const now = new Date();
  utimesSync(join(dir, "state"), now, now);
  const tree = join(dir, "tree");
  return source.kind === "git" ? join(tree, source.directory) : tree;
}

function isIntact(dir: string): boolean {
  const state = readText(join(dir, "state"));
  return state !== null && state === stateOf(join(dir, "tree"));
}

/**
 * Size, and a digest of what tells changes. Git's own files change when it is asked something; what is
 * checked out does not.
 */
function stateOf(root: string): string {
  const hasher = new Bun.CryptoHasher("sha256");
  const skip = (_: string, name: string): boolean => name === ".git";
  let size = 0;
  for (const { path, version, bytes } of walkTree(root, skip)) {
    hasher.update(`${path}\0${version}\n`);
    size += bytes;
  }
  return `${size} ${hasher.digest("hex")}`;
}

/** How much an extracted workspace takes up; 0 for one that was never complete. */
export function workspaceBytes(dir: string): number {
  return Number(readText(join(dir, "state"))?.split(" ")[0] ?? 0);
}
