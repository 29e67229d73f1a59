import * as v from "valibot";
import { lazily } from "../lazily.ts";

/**
 * A folder as a document: what is in it, by digest. Workspaces and results travel as such a tree and
 * its blobs, and not as an archive: there is no format to parse, nothing to unpack, and no name that
 * was not checked. Small files share a blob (`pack`), so that a thousand of them are one transfer.
 */
export interface FileTree {
  schema_version: 1;
  entries: TreeEntry[];
}

export type TreeEntry = FileEntry | LinkEntry | FolderEntry;

export interface FileEntry {
  kind: "file";
  /** Relative, `/` between parts; see treeProblem(). */
  path: string;
  bytes: number;
  sha256: string;
  executable?: true;
  /** Where in which blob the content is; a blob of its own, named by `sha256`, when left out. */
  pack?: { sha256: string; offset: number };
  /** Modification time, milliseconds since 1970: build tools compare it. */
  mtime_ms?: number;
}

export interface LinkEntry {
  kind: "link";
  path: string;
  /** Relative, and within the tree. */
  target: string;
}

/** Only folders that nothing else mentions. */
export interface FolderEntry {
  kind: "folder";
  path: string;
}

export interface FileTreeLimits {
  entries: number;
  /** Of all content. */
  bytes: number;
}

const Digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "a SHA-256 in lower-case hexadecimal"));
const Bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));

export const FileTreeSchema = lazily(() =>
  v.object({
    schema_version: v.literal(1),
    entries: v.array(
      v.variant("kind", [
        v.object({
          kind: v.literal("file"),
          path: Path,
          bytes: Bytes,
          sha256: Digest,
          executable: v.exactOptional(v.literal(true)),
          pack: v.exactOptional(v.object({ sha256: Digest, offset: Bytes })),
          mtime_ms: v.exactOptional(v.pipe(v.number(), v.finite())),
        }),
        v.object({ kind: v.literal("link"), path: Path, target: Path }),
        v.object({ kind: v.literal("folder"), path: Path }),
      ]),
    ),
  }),
);

/**
 * Why a tree of somebody else must not be written to a disk, in one line; null when it may be. No
 * name is absolute, leaves the tree, or is there twice; nothing lies below a file or a link; no link
 * leaves the tree, not even by way of another link.
 */
export function treeProblem(tree: FileTree, limits: FileTreeLimits): string | null {
  if (tree.entries.length > limits.entries) {
    return `${tree.entries.length} entries, at most ${limits.entries} are allowed`;
  }
  let bytes = 0;
  const kinds = new Map<string, TreeEntry["kind"]>();
  for (const entry of tree.entries) {
    const problem = nameProblem(entry.path);
    if (problem !== null) return `${JSON.stringify(entry.path.slice(0, 200))} ${problem}`;
    if (kinds.has(entry.path)) return `${JSON.stringify(entry.path)} is there twice`;
    kinds.set(entry.path, entry.kind);
    if (entry.kind === "file") bytes += entry.bytes;
    if (bytes > limits.bytes) return `more than ${limits.bytes} bytes`;
  }
  for (const entry of tree.entries) {
    for (const parent of parentsOf(entry.path)) {
      const kind = kinds.get(parent);
      if (kind !== undefined && kind !== "folder") {
        return `${JSON.stringify(entry.path)} lies below a ${kind}`;
      }
    }
    if (entry.kind === "link" && linkLeaves(entry, kinds)) {
      return `the link ${JSON.stringify(entry.path)} leaves the tree: ${JSON.stringify(entry.target)}`;
    }
  }
  return null;
}

/** The links that treeProblem() would not allow. */
export function foreignLinks(entries: readonly TreeEntry[]): Set<LinkEntry> {
  const kinds = new Map(entries.map(({ path, kind }) => [path, kind]));
  return new Set(
    entries.filter(
      (entry): entry is LinkEntry => entry.kind === "link" && linkLeaves(entry, kinds),
    ),
  );
}

/** Every blob that the content of a tree is in. */
export function blobsOf(tree: FileTree): Map<string, number> {
  const blobs = new Map<string, number>();
  for (const entry of tree.entries) {
    if (entry.kind !== "file" || entry.bytes === 0) continue;
    const digest = entry.pack?.sha256 ?? entry.sha256;
    const end = (entry.pack?.offset ?? 0) + entry.bytes;
    blobs.set(digest, Math.max(blobs.get(digest) ?? 0, end));
  }
  return blobs;
}

function nameProblem(path: string): string | null {
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "is an absolute path";
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\\]/.test(path)) return "has a backslash or a control character in it";
  for (const part of path.split("/")) {
    if (part === "" || part === "." || part === "..") return "is not a plain relative path";
    if (new TextEncoder().encode(part).length > 255) return "has a name of more than 255 bytes";
  }
  return null;
}

function* parentsOf(path: string): Generator<string> {
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) yield path.slice(0, at);
}

/** A target that passes through another link counts as leaving: where it ends would depend on that. */
function linkLeaves(
  { path, target }: LinkEntry,
  kinds: ReadonlyMap<string, TreeEntry["kind"]>,
): boolean {
  if (target.startsWith("/") || target.includes("\\") || target.includes("\0")) return true;
  const at = path.split("/").slice(0, -1);
  const parts = target.split("/");
  for (const [index, part] of parts.entries()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (at.pop() === undefined) return true;
      continue;
    }
    at.push(part);
    if (index < parts.length - 1 && kinds.get(at.join("/")) === "link") return true;
  }
  return false;
}
