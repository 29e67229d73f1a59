import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { removeTree } from "../remove-tree.ts";
import { copyEntry, entryAt } from "../tree.ts";
import { placeOf, type TreeChange } from "./fence.ts";

/** Makes checked changes in a tree: removals first, then what `content` has of the others. */
export function applyChanges(changes: readonly TreeChange[], content: string, tree: string): void {
  for (const { path } of changes) removeTree(placeOf(tree, path));
  for (const { path, after } of changes) {
    if (after === null) continue;
    const entry = entryAt(content, path);
    if (entry === null) throw new Error(`${path} vanished from ${content}`);
    mkdirSync(dirname(placeOf(tree, path)), { recursive: true });
    copyEntry(content, tree, entry);
  }
}
