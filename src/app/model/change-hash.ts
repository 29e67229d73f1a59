import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../../domain/canonical-json.ts";
import { placeOf, type TreeChange } from "../../run/candidate/fence.ts";
import { entryAt } from "../../run/tree.ts";
import { runFolders } from "../../store/bundles.ts";
import { readText } from "../../store/read-text.ts";

/** Where a bundle says which change it measured. */
export const CHANGE_HASH = "change.sha256";
/** Runs that are looked at: older ones started from other code anyway. */
const LATEST = 1000;

/** Identity of a change: for each path what was there and what is there after it. */
export function changeHash(
  changes: readonly TreeChange[],
  trees: { before: string; after: string },
): string {
  const entries = changes.map(({ path }) => [
    path,
    contentHash(trees.before, path),
    contentHash(trees.after, path),
  ]);
  entries.sort(([a = ""], [b = ""]) => ((a ?? "") < (b ?? "") ? -1 : 1));
  return createHash("sha256").update(canonicalJson(entries)).digest("hex");
}

/** Runs by the change that they measured. */
export function knownChanges(runs: string): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const run_id of runFolders(runs).slice(-LATEST)) {
    const text = readText(join(runs, run_id, "artifacts", "agent", CHANGE_HASH));
    if (text !== null) known.set(text.trim(), run_id);
  }
  return known;
}

function contentHash(root: string, path: string): string | null {
  const entry = entryAt(root, path);
  if (entry === null) return null;
  const place = placeOf(root, path);
  const content = entry.kind === "link" ? readlinkSync(place) : readFileSync(place);
  return createHash("sha256").update(entry.kind).update(content).digest("hex");
}
