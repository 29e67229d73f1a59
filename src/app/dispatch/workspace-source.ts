import { rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { blobsOf } from "../../domain/dispatch/file-tree.ts";
import type { WorkspaceSource } from "../../domain/dispatch/run-package.ts";
import { lazily } from "../../domain/lazily.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { Log } from "../../ports.ts";
import { builtinOf } from "../../run/command.ts";
import { gitOrThrow } from "../../run/git.ts";
import { walkTree } from "../../run/tree.ts";
import { checkedOut, existingFolder, realPath, some } from "../../run/workspace.ts";
import type { Blobs } from "../../store/blobs.ts";
import { ensureFolder, replaceFile, temporaryPath } from "../../store/durable.ts";
import { packTree, WORKSPACE_LIMITS } from "../../store/file-trees.ts";
import type { Layout } from "../../store/layout.ts";
import { readText } from "../../store/read-text.ts";

/** Takes the workspace of a SPEC as it is now; the same again as long as nothing in it changes. */
export type TakeWorkspace = () => Promise<WorkspaceSource | null>;

/**
 * How the workspace of a SPEC (resolved for its tier) travels: as a git bundle of HEAD where a clone
 * or a commit is asked for, else as a tree of the working folder. Throws as createSandbox() does.
 */
export function workspaceSource(layout: Layout, spec: Spec, blobs: Blobs, log: Log): TakeWorkspace {
  if (spec.workspace_root === "") return async () => null;
  const exclude = [layout.root].map(realPath);
  let last: { version: string; source: WorkspaceSource; blobs: string[] } | null = null;

  return async () => {
    const workspace = existingFolder(spec.workspace_root);
    const mode = wantsCommit(spec) ? "git-clone" : spec.workspace_mode;
    const require_clean = spec.require_clean_workspace || wantsCommit(spec);
    const checkout = await checkedOut(
      workspace,
      { mode, require_clean: require_clean && spec.workspace_mode !== "git-clone" },
      exclude,
    );
    if (checkout !== null && mode === "git-clone") {
      return gitBundle(layout, checkout.toplevel, checkout.prefix, blobs);
    }
    const skip = (path: string, name: string): boolean => name === ".git" || exclude.includes(path);
    const version = versionOf(workspace, skip);
    // All of it counts as used now: whoever collects garbage sees no package that names it yet.
    if (last?.version === version && last.blobs.every((digest) => blobs.renew(digest))) {
      return last.source;
    }
    const left: string[] = [];
    const tree = packTree(workspace, blobs, {
      limits: WORKSPACE_LIMITS,
      skip: (path) => skip(join(workspace, path), path.slice(path.lastIndexOf("/") + 1)),
      onLeftOut: (path) => left.push(path),
    });
    if (left.length > 0) log.warn(`links out of the workspace do not travel: ${some(left)}`);
    const { digest, bytes } = blobs.addBytes(new TextEncoder().encode(JSON.stringify(tree)));
    const source: WorkspaceSource = { kind: "tree", digest, bytes };
    last = { version, source, blobs: [digest, ...blobsOf(tree).keys()] };
    return source;
  };
}

/** The reference executor applies an accepted change to a commit, so it has to start from one. */
function wantsCommit(spec: Spec): boolean {
  if (spec.workspace_mode === "git-clone") return true;
  const command = spec.executor_command.trim();
  const isReference = command !== "" && builtinOf(command) === "reference";
  return isReference && (spec.require_clean_workspace || spec.promotion_strategy !== "patch-only");
}

/** Changes with everything a copy would notice. */
function versionOf(root: string, skip: (path: string, name: string) => boolean): string {
  const hasher = new Bun.CryptoHasher("sha256");
  let entries = 0;
  for (const { path, kind, version } of walkTree(root, skip)) {
    hasher.update(`${path}\0${kind}\0${version}\n`);
    entries += 1;
    if (entries > WORKSPACE_LIMITS.entries) break; // packTree() says so.
  }
  return hasher.digest("hex");
}

const Known = lazily(() => v.object({ digest: v.string(), bytes: v.number() }));

/** Bundles of the same commit may differ, so the first one is remembered. */
async function gitBundle(
  layout: Layout,
  toplevel: string,
  directory: string,
  blobs: Blobs,
): Promise<WorkspaceSource> {
  const commit = (await gitOrThrow(toplevel, ["rev-parse", "--verify", "HEAD^{commit}"])).trim();
  const folder = join(layout.scratch, "bundles");
  const note = join(folder, `${commit}.json`);
  const known = parseKnown(readText(note));
  if (known !== null && blobs.size(known.digest) === known.bytes && blobs.renew(known.digest)) {
    return { kind: "git", ...known, commit, directory };
  }
  ensureFolder(folder);
  const bundle = temporaryPath(note);
  try {
    await gitOrThrow(toplevel, ["bundle", "create", "--quiet", bundle, "HEAD"]);
    const made = blobs.addFile(bundle);
    replaceFile(note, JSON.stringify(made));
    return { kind: "git", ...made, commit, directory };
  } finally {
    rmSync(bundle, { force: true });
  }
}

function parseKnown(text: string | null): { digest: string; bytes: number } | null {
  try {
    const parsed = v.safeParse(Known(), JSON.parse(text ?? "null"));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
