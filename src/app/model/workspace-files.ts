import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../domain/spec/spec.ts";
import { forbiddenPaths } from "../../run/path-policy.ts";
import { entryAt, walkTree } from "../../run/tree.ts";

export interface WorkspaceFiles {
  /** Text files that may be changed, largest first. */
  files: { path: string; text: string }[];
  /** Everything else, by path. */
  listing: string[];
}

const MAX_FILE_BYTES = 60_000;
const MAX_ENTRIES = 5000;
/** Not made by hand, or not the workspace's. */
const SKIPPED = new Set([".git", "node_modules", "__pycache__", ".venv", "venv", ".pytest_cache"]);

/** What a model sees of the workspace `root`. */
export function workspaceFiles(root: string, spec: Spec): WorkspaceFiles {
  const files: { path: string; text: string }[] = [];
  const listing: string[] = [];
  let seen = 0;
  for (const entry of walkTree(root, (_, name) => SKIPPED.has(name))) {
    seen += 1;
    if (seen > MAX_ENTRIES) break;
    if (entry.kind !== "file") continue;
    const text = forbiddenPaths([entry.path], spec).length > 0 ? null : textOf(root, entry.path);
    if (text === null) listing.push(entry.path);
    else files.push({ path: entry.path, text });
  }
  files.sort((a, b) => b.text.length - a.text.length || (a.path < b.path ? -1 : 1));
  return { files, listing };
}

/** The text of a file; null when it is none, too long, or no text. */
export function textOf(root: string, path: string): string | null {
  const entry = entryAt(root, path);
  if (entry?.kind !== "file" || entry.bytes > MAX_FILE_BYTES) return null;
  const bytes = readFileSync(join(root, path));
  if (bytes.includes(0)) return null;
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : null;
}
