import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { LabError, systemCode } from "../domain/errors.ts";
import type { ExecuteRequest } from "./execute.ts";
import { isInside } from "./tree.ts";

/** How the system refuses when a file or folder is not what it was. */
const DAMAGE = new Set(["ENOENT", "ENOTDIR", "EISDIR", "EEXIST", "EACCES", "EPERM", "ELOOP"]);

/** What a SPEC asks for that cannot be done, or a command did to the folders of its run; else null. */
export function executorsFault(
  error: unknown,
  { spec, run, sandbox, scratch_dir }: ExecuteRequest,
): string | null {
  if (error instanceof LabError) {
    return ["usage", "policy-refused", "not-found"].includes(error.code) ? error.message : null;
  }
  if (!(error instanceof Error) || !DAMAGE.has(systemCode(error))) return null;
  const path = "path" in error && typeof error.path === "string" ? error.path : "";
  const folders = [run.dir, scratch_dir, sandbox && dirname(sandbox.root), spec.workspace_root];
  if (!folders.some((folder) => folder && isInside(folder, path))) return null;
  if (!existsSync(run.dir)) return "the executor removed its own run folder";
  return `files that the run needs were removed or replaced: ${error.message}`;
}
