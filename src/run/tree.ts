import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  utimesSync,
  type BigIntStats,
} from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { systemCode } from "../domain/errors.ts";

/** One entry of a tree, by its path relative to the root. */
export interface TreeEntry {
  path: string;
  kind: "file" | "folder" | "link";
  bytes: number;
  /** Changes with every write to the entry: a program cannot set ctime back. For folders, the mode. */
  version: string;
}

/** Lists a tree, folders before their content; sockets, pipes and devices are left out. */
export function* walkTree(
  root: string,
  skip: (absolute: string, name: string) => boolean,
  folder = "",
): Generator<TreeEntry> {
  for (const name of readdirSync(join(root, folder)).sort()) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (skip(join(root, path), name)) continue;
    const entry = entryAt(root, path);
    if (entry === null) continue;
    yield entry;
    if (entry.kind === "folder") yield* walkTree(root, skip, path);
  }
}

/** The entry as it is now; null when it is gone or is no file, folder or link. */
export function entryAt(root: string, path: string): TreeEntry | null {
  const stat = statOf(join(root, path));
  if (stat === undefined) return null;
  if (stat.isDirectory()) return { path, kind: "folder", bytes: 0, version: `${stat.mode}` };
  if (!stat.isFile() && !stat.isSymbolicLink()) return null;
  const kind = stat.isFile() ? "file" : "link";
  return { path, kind, bytes: Number(stat.size), version: fileVersion(stat) };
}

/** Nothing is below a file. */
function statOf(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (systemCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** What changes whenever a file is written, replaced or gets another mode. */
export function fileVersion(stat: BigIntStats): string {
  return `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs} ${stat.mode}`;
}

/**
 * Copies one entry to the same place below another root, with mode and modification time. A link
 * to something inside stays inside; one that leaves the tree becomes an absolute link to the same
 * target, which is then shared and not copied.
 */
export function copyEntry(from: string, to: string, entry: TreeEntry): void {
  const source = join(from, entry.path);
  const target = join(to, entry.path);
  if (entry.kind === "link") {
    symlinkSync(linkText(from, source), target);
    return;
  }
  const stat = lstatSync(source);
  if (entry.kind === "folder") {
    mkdirSync(target);
    // Owner access stays, or nothing could be copied into it.
    chmodSync(target, (stat.mode & 0o7777) | 0o700);
    return;
  }
  copyFileSync(source, target, constants.COPYFILE_FICLONE);
  // Python and make compare times: a copy that looks newer would be compiled again in every run.
  utimesSync(target, stat.atimeMs / 1000, stat.mtimeMs / 1000);
}

function linkText(root: string, link: string): string {
  const text = readlinkSync(link);
  const target = resolve(dirname(link), text);
  if (!isInside(root, target)) return target;
  // A link through another link may still leave the tree.
  const real = realTarget(link);
  if (real !== null && !isInside(realpathSync(root), real)) return real;
  return isAbsolute(text) ? relative(dirname(link), target) || "." : text;
}

function realTarget(link: string): string | null {
  try {
    return realpathSync(link);
  } catch (error) {
    // A dangling link is copied as it is.
    if (["ENOENT", "ELOOP", "ENOTDIR", "EACCES"].includes(systemCode(error))) return null;
    throw error;
  }
}

/** Whether `path` is `folder` or below it; both absolute. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
