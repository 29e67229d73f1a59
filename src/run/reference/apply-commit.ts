import { copyFileSync, existsSync, linkSync, readFileSync, renameSync, rmSync } from "node:fs";
import { LabError, systemCode } from "../../domain/errors.ts";
import type { PromotionPlan } from "../../domain/manifest.ts";
import { git, gitOrThrow } from "../git.ts";
import { some, uncommittedOutside } from "../workspace.ts";
import { changedBlobs, moveFiles } from "./apply-files.ts";
import { headOf } from "./mirror.ts";
import type { Progress } from "./promotion.ts";
import { sha256 } from "./tree-hashes.ts";

type Promotion = PromotionPlan & { run_id: string };

/** States of a checkout in which a commit would get in somebody's way. */
const UNDER_WAY = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"];

/** A git command of the user holds the lock for moments only. */
const LOCK_WAIT_MS = 5000;
const LOCK_LOOK_MS = 50;

const AUTHOR = {
  GIT_AUTHOR_NAME: "Hermes Lab",
  GIT_AUTHOR_EMAIL: "labctl@localhost",
  GIT_COMMITTER_NAME: "Hermes Lab",
  GIT_COMMITTER_EMAIL: "labctl@localhost",
};

/**
 * Commits a verified patch on the branch that is checked out, with exactly its paths, and brings
 * files and index along. Runs no hook, filter or merge. Only a checkout at the scored commit and
 * without changes is touched; LabError policy-refused says why not, and then it is as it was.
 *
 * The order makes every crash repairable by calling it again: the commit is made without a
 * reference; the index is locked, as git itself locks it; files are replaced one by one; the branch
 * moves in one step; the new index takes the place of the old one and of the lock.
 */
export async function applyCommit(
  promotion: Promotion,
  patch: string,
  progress: Progress | null,
  save: (next: Progress) => void,
): Promise<Progress> {
  const { toplevel, from } = promotion;
  if (!existsSync(toplevel)) throw refused(`the checkout ${toplevel} is gone`);
  const index = await indexFiles(promotion);
  const prepared = progress ?? (await prepare(promotion, patch, index, save));
  const { to, index_sha256 } = prepared;
  if (to === undefined || index_sha256 === undefined) throw new Error("prepared without a commit");

  const head = await headOf(toplevel);
  if (head === from) {
    await lockIndex(index, index_sha256);
    try {
      const blobs = await changedBlobs(toplevel, from, to);
      await moveFiles(toplevel, blobs, promotion.run_id, { lenient: false });
      const log = `labctl: ${promotion.run_id}`;
      const moved = await git(toplevel, ["update-ref", "-m", log, "HEAD", to, from]);
      if (moved.exit_code !== 0) throw refused(`the branch could not be moved: ${moved.stderr}`);
    } catch (error) {
      if (error instanceof LabError) await takeBack(promotion, prepared, index);
      throw error;
    }
  } else if (!(await isAncestor(toplevel, to))) {
    await takeBack(promotion, prepared, index);
    throw refused(`HEAD moved from ${from} to ${head} meanwhile`);
  }
  if (isOurs(index.lock, index_sha256)) renameSync(index.lock, index.path);
  rmSync(index.ours, { force: true });
  const applied: Progress = { ...prepared, state: "applied" };
  save(applied);
  return applied;
}

interface IndexFiles {
  path: string;
  lock: string;
  /** Where the new index is kept until it is in its place. */
  ours: string;
}

async function indexFiles({ toplevel, run_id }: Promotion): Promise<IndexFiles> {
  const args = ["rev-parse", "--path-format=absolute", "--git-path", "index"];
  const path = (await gitOrThrow(toplevel, args)).trim();
  return { path, lock: `${path}.lock`, ours: `${path}.labctl-${run_id}` };
}

/** Makes the commit and its index, without touching what the user sees. */
async function prepare(
  promotion: Promotion,
  patch: string,
  index: IndexFiles,
  save: (next: Progress) => void,
): Promise<Progress> {
  const { toplevel, directory, from, message } = promotion;
  await assertUntouched(promotion);
  if (sha256(readFileSync(patch)) !== promotion.patch_sha256) {
    throw refused("diff.patch is not the one that was scored");
  }
  const environment = { ...AUTHOR, GIT_INDEX_FILE: index.ours };
  const run = (args: string[]): ReturnType<typeof git> => git(toplevel, args, environment);
  try {
    copyFileSync(index.path, index.ours);
    const place = directory === "" ? [] : [`--directory=${directory}`];
    const options = ["--cached", "--whitespace=nowarn", ...place];
    const done = await run(["apply", ...options, "--", patch]);
    if (done.exit_code !== 0) throw refused(`the patch does not apply: ${done.stderr}`);
    const tree = (await gitOrThrow(toplevel, ["write-tree"], environment)).trim();
    const commit = ["commit-tree", "--no-gpg-sign", "-p", from, "-m", message, tree];
    const to = (await gitOrThrow(toplevel, commit, environment)).trim();
    await assertPlainFiles(toplevel, from, to);
    const prepared: Progress = {
      state: "prepared",
      to,
      index_sha256: sha256(readFileSync(index.ours)),
    };
    save(prepared);
    return prepared;
  } catch (error) {
    rmSync(index.ours, { force: true });
    rmSync(`${index.ours}.lock`, { force: true });
    throw error;
  }
}

async function assertUntouched({ toplevel, exclude, from }: Promotion): Promise<void> {
  const head = await headOf(toplevel);
  if (head !== from) throw refused(`HEAD moved from ${from} to ${head} meanwhile`);
  const dirty = await uncommittedOutside(toplevel, exclude);
  if (dirty.length > 0) throw refused(`the workspace has uncommitted changes: ${some(dirty)}`);
  for (const name of UNDER_WAY) {
    const args = ["rev-parse", "--path-format=absolute", "--git-path", name];
    if (existsSync((await gitOrThrow(toplevel, args)).trim())) {
      throw refused(`git is in the middle of something there (${name})`);
    }
  }
}

/** What goes through a program of git's settings is not written: it would have to be run. */
async function assertPlainFiles(toplevel: string, from: string, to: string): Promise<void> {
  const paths = (await changedBlobs(toplevel, from, to)).map((blob) => blob.path);
  if (paths.length === 0) return;
  const attributes = ["check-attr", "-z", "filter", "ident", "working-tree-encoding", "--"];
  const fields = (await gitOrThrow(toplevel, [...attributes, ...paths])).split("\0");
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [path, name, value = ""] = fields.slice(at, at + 3);
    if (value !== "unspecified" && value !== "unset") {
      throw refused(`${path} has the git attribute ${name}=${value}, which is not applied here`);
    }
  }
}

/** Takes git's own lock, complete from the start; a lock of ours is left from a crash. */
async function lockIndex(index: IndexFiles, digest: string): Promise<void> {
  for (let waited = 0; ; waited += LOCK_LOOK_MS) {
    try {
      linkSync(index.ours, index.lock);
      return;
    } catch (error) {
      if (systemCode(error) === "ENOENT") throw refused("its prepared index is gone");
      if (systemCode(error) !== "EEXIST") throw error;
      if (isOurs(index.lock, digest)) return;
      if (waited >= LOCK_WAIT_MS) {
        rmSync(index.ours, { force: true });
        throw refused(`another git process has locked the checkout: ${index.lock}`);
      }
      await Bun.sleep(LOCK_LOOK_MS);
    }
  }
}

function isOurs(lock: string, digest: string): boolean {
  return existsSync(lock) && sha256(readFileSync(lock)) === digest;
}

/** Back to `from`: files that have the new content get the old one, and the lock goes. */
async function takeBack(
  { toplevel, from, run_id }: Promotion,
  { to = "", index_sha256 = "" }: Progress,
  index: IndexFiles,
): Promise<void> {
  if (isOurs(index.lock, index_sha256)) {
    await moveFiles(toplevel, await changedBlobs(toplevel, to, from), run_id, {
      lenient: true,
    });
    rmSync(index.lock, { force: true });
  }
  rmSync(index.ours, { force: true });
}

async function isAncestor(toplevel: string, commit: string): Promise<boolean> {
  const args = ["merge-base", "--is-ancestor", commit, "HEAD"];
  return (await git(toplevel, args)).exit_code === 0;
}

function refused(why: string): LabError {
  return new LabError("policy-refused", why, {
    hint: "The patch is in artifacts/diff.patch of the run.",
  });
}
