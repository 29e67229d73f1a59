import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { LabError } from "../../domain/errors.ts";
import { git, gitOrThrow } from "../git.ts";
import { removeTree } from "../remove-tree.ts";
import { sha256 } from "./tree-hashes.ts";

/**
 * The reading side of a fetch is a git of its own, which does not see our settings. Any commit may be
 * asked for: HEAD can have moved on since it was looked up.
 */
const READER = "git -c safe.directory='*' -c uploadpack.allowAnySHA1InWant=true upload-pack";

/**
 * Checks HEAD of a checkout out into `into`, which must not exist, by way of a bare mirror that the
 * lab owns below `mirrors`. The checkout is only read. Returns the commit.
 *
 * The result is a repository of its own that borrows the mirror's objects. A linked worktree would
 * share the mirror's settings and hooks with whatever runs in it; this shares nothing that git runs.
 */
export async function checkoutHead(
  toplevel: string,
  mirrors: string,
  into: string,
): Promise<string> {
  const commit = await headOf(toplevel);
  const mirror = await openMirror(toplevel, mirrors);
  const known = await gitOrThrow(mirror, ["for-each-ref", "--count=1", `refs/lab/${commit}/`]);
  if (known === "") {
    // A name of its own: a fetch that was killed may have left the lock of another one.
    const ref = `refs/lab/${commit}/${basename(dirname(into))}`;
    const from = ["--upload-pack", READER, "--", toplevel, `+${commit}:${ref}`];
    const options = ["--quiet", "--no-tags", "--no-write-fetch-head", "--update-shallow"];
    await gitOrThrow(mirror, ["fetch", ...options, ...from]);
  }
  await gitOrThrow(mirror, [
    "clone",
    "--quiet",
    "--shared",
    "--no-checkout",
    "--template=",
    "--",
    mirror,
    into,
  ]);
  await gitOrThrow(into, ["remote", "remove", "origin"]);
  await gitOrThrow(into, ["checkout", "--quiet", "--detach", commit]);
  return commit;
}

/** The commit that is checked out. Throws LabError usage before the first commit. */
export async function headOf(toplevel: string): Promise<string> {
  const head = await git(toplevel, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  if (head.exit_code === 0) return head.stdout.trim();
  throw new LabError("usage", `${toplevel} has no commit yet`, {
    hint: "Commit the workspace, or set workspace_mode: copy and promotion_strategy: patch-only.",
  });
}

/** The mirror of a checkout, made when missing; its settings are put back each time. */
async function openMirror(toplevel: string, mirrors: string): Promise<string> {
  const mirror = join(mirrors, `${sha256(toplevel).slice(0, 16)}.git`);
  const format = (await gitOrThrow(toplevel, ["rev-parse", "--show-object-format"])).trim();
  if (!existsSync(mirror)) {
    mkdirSync(mirrors, { recursive: true });
    const fresh = `${mirror}.new-${crypto.randomUUID()}`;
    const form = `--object-format=${format}`;
    await gitOrThrow(mirrors, ["init", "--quiet", "--bare", "--template=", form, "--", fresh]);
    try {
      renameSync(fresh, mirror);
    } catch (error) {
      // Somebody else was quicker.
      removeTree(fresh);
      if (!existsSync(mirror)) throw error;
    }
  }
  const settings = join(mirror, "config");
  if (readFileSync(settings, "utf8") !== mirrorSettings(format)) {
    writeFileSync(settings, mirrorSettings(format));
  }
  for (const name of readdirSync(mirror)) {
    if (["hooks", "info"].includes(name)) removeTree(join(mirror, name));
  }
  return mirror;
}

function mirrorSettings(format: string): string {
  const isLong = format === "sha256";
  return [
    `[core]\n\trepositoryformatversion = ${isLong ? 1 : 0}\n\tbare = true\n[gc]\n\tauto = 0\n`,
    isLong ? "[extensions]\n\tobjectformat = sha256\n" : "",
  ].join("");
}
