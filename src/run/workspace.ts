import { lstatSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { LabError } from "../domain/errors.ts";
import type { WorkspaceMode } from "../domain/types.ts";
import { gitCheckout, uncommitted } from "./git.ts";
import { isInside } from "./tree.ts";

/** The git checkout that holds a workspace. */
export interface Checkout {
  toplevel: string;
  /** From there to the workspace; "" when it is the workspace. */
  prefix: string;
  uncommitted: string[];
}

/** The git checkout of the workspace, when the options need one; refuses what they do not allow. */
export async function checkedOut(
  workspace: string,
  { mode, require_clean }: { mode: WorkspaceMode; require_clean: boolean },
  exclude: readonly string[],
): Promise<Checkout | null> {
  if (mode !== "git-clone" && !require_clean) return null;
  const checkout = await gitCheckout(workspace);
  if (checkout === null) {
    throw new LabError("usage", `workspace_root ${workspace} is not in a git checkout`, {
      hint: "Set workspace_mode: copy and require_clean_workspace: false, or run git init there.",
    });
  }
  const dirty = await uncommittedOutside(checkout.toplevel, exclude);
  if (require_clean && dirty.length > 0) {
    throw new LabError("policy-refused", `the workspace has uncommitted changes: ${some(dirty)}`, {
      hint: "Commit or stash them, or set require_clean_workspace: false.",
      details: dirty,
    });
  }
  return { ...checkout, uncommitted: dirty };
}

/** Uncommitted files of a checkout, except those below some absolute folders. */
export async function uncommittedOutside(
  toplevel: string,
  exclude: readonly string[],
): Promise<string[]> {
  return (await uncommitted(toplevel)).filter(
    (file) => !exclude.some((folder) => isInside(folder, join(toplevel, file))),
  );
}

/** The first few of a list of names. */
export function some(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(", ")}, ...` : names.join(", ");
}

/** The real path of an existing folder. Throws LabError not-found. */
export function existingFolder(path: string): string {
  const stat = path === "" ? undefined : statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory() ?? false) return realpathSync(path);
  throw new LabError("not-found", `workspace_root is not a folder: ${path || '""'}`, {
    hint: "Set workspace_root in SPEC.yaml to an existing folder.",
  });
}

/** Also of a path that does not exist yet. */
export function realPath(path: string): string {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return realpathSync(path);
  return path === dirname(path) ? path : join(realPath(dirname(path)), basename(path));
}
