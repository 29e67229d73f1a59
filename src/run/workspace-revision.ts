import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { git } from "./git.ts";

/** The commit a workspace is at, for manifests; null when it is in no git checkout. */
export async function workspaceRevision(workspace_root: string): Promise<string | null> {
  if (workspace_root === "" || !isInCheckout(workspace_root)) return null;
  if (Bun.which("git") === null) return null;
  const result = await git(workspace_root, ["rev-parse", "HEAD"]);
  return result.exit_code === 0 ? result.stdout.trim() : null;
}

/** Looked up by hand, since asking git costs more than everything else a short run does. */
function isInCheckout(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return true;
    if (dirname(at) === at) return false;
  }
}
