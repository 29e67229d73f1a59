import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
} from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { lazily } from "../domain/lazily.ts";
import { systemCode } from "../domain/errors.ts";
import { createOnce, syncFolder, TEMPORARY_NAME } from "./durable.ts";
import { readText } from "./read-text.ts";
import { atOnce, STEP_BYTES, type Steps } from "./steps.ts";

/**
 * SEALED makes a bundle final: it lists every file with its size and SHA-256, and is created once.
 * A bundle whose files no longer match their seal is damaged, never silently different.
 */
export interface Seal {
  schema_version: 1;
  run_id: string;
  sealed_at: string;
  generation: number;
  files: Record<string, SealedFile>;
}

export interface SealedFile {
  bytes: number;
  /** Of the content, or of the target's text for a symbolic link. */
  sha256: string;
  link?: true;
}

const SealedFileSchema = v.object({
  bytes: v.number(),
  sha256: v.string(),
  link: v.exactOptional(v.literal(true)),
});

const SealSchema = lazily(() =>
  v.object({
    schema_version: v.literal(1),
    run_id: v.string(),
    sealed_at: v.string(),
    generation: v.number(),
    // valibot's own record skips names such as `constructor`, which a file may have.
    files: v.custom<Seal["files"]>(
      (files) =>
        typeof files === "object" &&
        files !== null &&
        !Array.isArray(files) &&
        Object.values(files).every((file) => v.is(SealedFileSchema, file)),
    ),
  }),
);

export const SEAL_NAME = "SEALED";

/**
 * Syncs every file of `folder` and creates SEALED. Returns the SHA-256 of the SEALED file, or null
 * when the bundle was sealed before (the first valid finisher wins).
 */
export function sealBundle(...[folder, seal]: Parameters<typeof sealSteps>): string | null {
  return atOnce(sealSteps(folder, seal));
}

/** As sealBundle(), in steps. */
export function* sealSteps(
  folder: string,
  seal: Omit<Seal, "files" | "schema_version">,
): Steps<string | null> {
  const files = Object.fromEntries(yield* digestFolder(folder, { sync: true }));
  const content = `${JSON.stringify({ schema_version: 1, ...seal, files })}\n`;
  if (!createOnce(join(folder, SEAL_NAME), content)) return null;
  return new Bun.CryptoHasher("sha256").update(content).digest("hex");
}

/** Reads a seal; null when there is none or it is not valid. */
export function readSeal(folder: string): { seal: Seal; sha256: string } | null {
  const text = readText(join(folder, SEAL_NAME));
  if (text === null) return null;
  try {
    const result = v.safeParse(SealSchema(), JSON.parse(text));
    if (!result.success) return null;
    return {
      seal: result.output,
      sha256: new Bun.CryptoHasher("sha256").update(text).digest("hex"),
    };
  } catch {
    return null;
  }
}

/** Every difference between a sealed bundle and its seal, one line each; [] when it is intact. */
export function sealProblems(folder: string, seal: Seal): string[] {
  const problems: string[] = [];
  const now = atOnce(digestFolder(folder, { sync: false }));
  for (const [name, sealed] of Object.entries(seal.files)) {
    const found = now.get(name);
    if (found === undefined) problems.push(`${name} is missing`);
    else if (found.link !== sealed.link)
      problems.push(`${name} is ${found.link ? "" : "not "}a link now`);
    else if (found.bytes !== sealed.bytes)
      problems.push(`${name} has ${found.bytes} bytes, sealed with ${sealed.bytes}`);
    else if (found.sha256 !== sealed.sha256) problems.push(`${name} was changed`);
  }
  for (const name of now.keys()) {
    if (!Object.hasOwn(seal.files, name)) problems.push(`${name} was added`);
  }
  return problems;
}

/** Digests of all regular files and links below `folder`, by relative path with `/`. Empty folders are removed when syncing. */
function* digestFolder(folder: string, options: { sync: boolean }): Steps<Map<string, SealedFile>> {
  const files = new Map<string, SealedFile>();
  function* walk(relative: string): Steps<void> {
    const here = join(folder, relative);
    for (const entry of readdirSync(here, { withFileTypes: true }).sort(byName)) {
      const name = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (relative === "" && (entry.name === SEAL_NAME || TEMPORARY_NAME.test(entry.name)))
        continue;
      const path = join(folder, name);
      if (entry.isDirectory()) {
        yield* walk(name);
        if (options.sync && !removeEmpty(path)) syncFolder(path);
        continue;
      }
      if (entry.isSymbolicLink()) {
        const target = readlinkSync(path);
        files.set(name, { bytes: target.length, sha256: sha256(target), link: true });
      } else if (entry.isFile()) {
        files.set(name, yield* digestFile(path, options.sync));
      } // Pipes, sockets and devices have no content to keep.
    }
  }
  yield* walk(""); // The top folder is synced by the creation of SEALED itself.
  return files;
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** Returns whether it is gone: an empty folder needs no sync of its own first. */
function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    // One that stays, in a folder without write permission, is in no seal either.
    if (!["ENOTEMPTY", "EEXIST", "EACCES", "EPERM"].includes(systemCode(error))) throw error;
    return false;
  }
}

const buffer = Buffer.alloc(1 << 18);

function* digestFile(path: string, sync: boolean): Steps<SealedFile> {
  const size = lstatSync(path).size;
  const hasher = new Bun.CryptoHasher("sha256");
  const fd = openSync(path, "r");
  try {
    let bytes = 0;
    // An empty file has no data to sync: the folder's sync makes its name durable.
    if (size > 0) {
      if (sync && size < STEP_BYTES) fsyncSync(fd);
      else if (sync) yield { sync: fd };
      for (;;) {
        const count = readSync(fd, buffer, 0, buffer.length, null);
        if (count === 0) break;
        hasher.update(buffer.subarray(0, count));
        bytes += count;
        if (bytes % STEP_BYTES === 0) yield "turn";
      }
    }
    return { bytes, sha256: hasher.digest("hex") };
  } finally {
    closeSync(fd);
  }
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
