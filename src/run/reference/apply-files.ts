import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { LabError, systemCode } from "../../domain/errors.ts";
import { git, gitOrThrow } from "../git.ts";

/** One path that differs between two commits. Modes are git's: 100644, 100755 or 120000; "" for nothing. */
export interface ChangedBlob {
  path: string;
  old: Blob | null;
  new: Blob | null;
}

interface Blob {
  mode: string;
  id: string;
}

/** What differs between two commits. Throws LabError policy-refused for submodules. */
export async function changedBlobs(
  toplevel: string,
  from: string,
  to: string,
): Promise<ChangedBlob[]> {
  const args = ["diff-tree", "-r", "-z", "--no-renames", "--full-index", from, to];
  const fields = (await gitOrThrow(toplevel, args)).split("\0");
  const blobs: ChangedBlob[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = "", newMode = "", oldId = "", newId = ""] = (fields[at] ?? "")
      .slice(1)
      .split(" ");
    const path = fields[at + 1] ?? "";
    if ([oldMode, newMode].includes("160000")) throw refused(`${path} is a submodule`);
    blobs.push({ path, old: blobOf(oldMode, oldId), new: blobOf(newMode, newId) });
  }
  return blobs;
}

function blobOf(mode: string, id: string): Blob | null {
  return mode === "000000" ? null : { mode, id };
}

/**
 * Brings the files of a checkout from one commit to another, each in one step; what a crash left of
 * it counts as done. A file that is neither as the old nor as the new commit has it stops this with
 * LabError policy-refused or, when `lenient`, is left alone.
 */
export async function moveFiles(
  toplevel: string,
  blobs: readonly ChangedBlob[],
  run_id: string,
  { lenient }: { lenient: boolean },
): Promise<void> {
  const isRemoved = (blob: ChangedBlob): boolean => blob.new === null;
  for (const blob of [...blobs].sort((a, b) => Number(isRemoved(b)) - Number(isRemoved(a)))) {
    const place = join(toplevel, blob.path);
    rmSync(temporary(place, run_id), { force: true });
    const found = idAt(place, (blob.new ?? blob.old)?.id.length ?? 0);
    if (found === wanted(blob.new)) continue;
    if (found === wanted(blob.old)) await put(toplevel, blob, run_id);
    else if (!lenient) throw refused(`${blob.path} was changed meanwhile`);
  }
}

async function put(toplevel: string, blob: ChangedBlob, run_id: string): Promise<void> {
  const place = join(toplevel, blob.path);
  if (blob.new === null) {
    rmSync(place);
    removeEmptyFolders(toplevel, dirname(place));
    return;
  }
  const content = await git(toplevel, ["cat-file", "blob", blob.new.id]);
  if (content.exit_code !== 0) throw new Error(`git cat-file failed: ${content.stderr}`);
  const fresh = temporary(place, run_id);
  mkdirSync(dirname(place), { recursive: true });
  if (blob.new.mode === "120000") symlinkSync(content.stdout, fresh);
  else writeFileSync(fresh, content.bytes, { mode: blob.new.mode === "100755" ? 0o777 : 0o666 });
  renameSync(fresh, place);
}

function temporary(place: string, run_id: string): string {
  return `${place}.labctl-${run_id}`;
}

function wanted(blob: Blob | null): string {
  return blob === null ? "" : `${blob.mode} ${blob.id}`;
}

/** Mode and blob id of what is there, as git names them; "" for nothing. */
function idAt(place: string, idLength: number): string {
  let stat;
  try {
    stat = lstatSync(place, { throwIfNoEntry: false });
  } catch (error) {
    if (systemCode(error) === "ENOTDIR") return "";
    throw error;
  }
  if (stat === undefined) return "";
  if (stat.isSymbolicLink()) return `120000 ${blobId(Buffer.from(readlinkSync(place)), idLength)}`;
  if (!stat.isFile()) return "other";
  const mode = (stat.mode & 0o100) === 0 ? "100644" : "100755";
  return `${mode} ${blobId(readFileSync(place), idLength)}`;
}

function blobId(content: Buffer, idLength: number): string {
  const hash = createHash(idLength === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${content.length}\0`).update(content).digest("hex");
}

function removeEmptyFolders(top: string, folder: string): void {
  try {
    for (let at = folder; at !== top; at = dirname(at)) rmdirSync(at);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "EBUSY"].includes(systemCode(error))) throw error;
  }
}

function refused(why: string): LabError {
  return new LabError("policy-refused", why);
}
