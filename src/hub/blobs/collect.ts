import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseRunPackage } from "../../domain/dispatch/run-package.ts";
import { systemCode } from "../../domain/errors.ts";
import { openBlobs, type Blobs } from "../../store/blobs.ts";
import { removeIfThere, TEMPORARY_NAME } from "../../store/durable.ts";
import type { Layout } from "../../store/layout.ts";
import { isOpenPackage, packageFolder, packageIds } from "../../store/package-state.ts";
import { readText } from "../../store/read-text.ts";

/** What was sent, or asked for, within this time stays: its document may still be on the way. */
export const KEEP_MS = 86_400_000;

export interface Collected {
  removed: number;
  freed_bytes: number;
  kept: number;
  kept_bytes: number;
}

/**
 * Removes blobs that no open package, no result that waits and nothing in quarantine names. Results of
 * the hub may be in its journal alone, so nothing goes that came after the oldest open package of it.
 * May be run while a hub is running; it lets others have their turn.
 */
export async function collectBlobs(layout: Layout, now: Date): Promise<Collected> {
  const blobs = openBlobs(layout.blobs);
  const named = new Set<string>();
  let before_ms = now.getTime() - KEEP_MS;
  for (const path of documents(layout)) {
    const text = readText(path) ?? "";
    const digests = digestsIn(text);
    for (const digest of digests) named.add(digest);
    const pack = parseRunPackage(text);
    if (pack === null) continue;
    for (const digest of digests) nameTree(named, blobs, digest);
    if (path.startsWith(layout.hubPackages)) {
      before_ms = Math.min(before_ms, Date.parse(pack.created_at) - KEEP_MS);
    }
    await turn();
  }
  const collected: Collected = { removed: 0, freed_bytes: 0, kept: 0, kept_bytes: 0 };
  let looked = 0;
  for (const { digest, bytes, changed_ms } of blobs.list()) {
    if (named.has(digest) || changed_ms > before_ms || isYoung(blobs.path(digest), before_ms)) {
      collected.kept += 1;
      collected.kept_bytes += bytes;
    } else {
      blobs.remove(digest);
      collected.removed += 1;
      collected.freed_bytes += bytes;
    }
    looked += 1;
    if (looked % LOOKUPS === 0) await turn();
  }
  removeTemporary(layout.blobs, before_ms);
  return collected;
}

const LOOKUPS = 500;

/** Everything that may name a blob that is still wanted. */
function* documents(layout: Layout): Generator<string> {
  yield* jsonFiles(layout.hubPackages, 0);
  yield* jsonFiles(join(layout.hub, "results"), 0);
  yield* jsonFiles(join(layout.dispatch, "quarantine"), 4);
  for (const id of packageIds(layout.packages)) {
    if (!isOpenPackage(layout.packages, id)) continue;
    const folder = packageFolder(layout.packages, id);
    yield join(folder, "package.json");
    yield* jsonFiles(join(folder, "attempts"), 0);
  }
}

function* jsonFiles(folder: string, depth: number): Generator<string> {
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isFile() && entry.name.endsWith(".json")) yield path;
    else if (entry.isDirectory() && depth > 0) yield* jsonFiles(path, depth - 1);
  }
}

function digestsIn(text: string): string[] {
  return [...text.matchAll(/\b[0-9a-f]{64}\b/g)].map(([digest]) => digest);
}

/** What is in a workspace is named by a document that is a blob itself. */
function nameTree(named: Set<string>, blobs: Blobs, digest: string): void {
  if ((blobs.size(digest) ?? Infinity) > MOST_TREE_BYTES) return;
  const text = readText(blobs.path(digest)) ?? "";
  if (!text.startsWith('{"schema_version":1,"entries":[')) return;
  for (const inner of digestsIn(text)) named.add(inner);
}

/** 50,000 entries with long names. */
const MOST_TREE_BYTES = 64 * 1024 * 1024;

/** It may have been asked for since it was listed. */
function isYoung(path: string, before_ms: number): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > before_ms;
}

/** What a receiver that was killed left. */
function removeTemporary(folder: string, before_ms: number): void {
  for (const { name } of entriesOf(folder)) {
    const path = join(folder, name);
    if (TEMPORARY_NAME.test(name) && !isYoung(path, before_ms)) removeIfThere(path);
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
