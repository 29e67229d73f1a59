import { closeSync, openSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../../domain/errors.ts";
import type { Clock } from "../../ports.ts";
import type { Blobs } from "../../store/blobs.ts";
import { ensureFolder, removeIfThere } from "../../store/durable.ts";
import { sha256 } from "../access/secret-digest.ts";
import { refused } from "../refuse.ts";
import { appendBody } from "./append.ts";
import { digestInSlices } from "./digest-in-slices.ts";
import { namesIn } from "../../store/names-in.ts";

/**
 * Large blobs on their way. Everything about an upload is in the name of its file, and how far it
 * has come is the file's size, so it goes on after a restart of either side:
 *
 *     begun --appended, again and again--> complete --right digest--> a blob
 *                                              \--wrong digest--> removed
 *       \--nothing came for a day--> removed
 */
export interface Uploads {
  /** The same blob of the same sender is the same upload. */
  begin(blob: BlobName, who: string): Upload;
  /** null when there is none, or it is somebody else's. */
  find(id: string, who: string): Upload | null;
  /** Resolves with where it goes on; equal to its size when the blob is in place. */
  append(upload: Upload, chunks: AsyncIterable<Uint8Array>): Promise<number>;
  /** Removes those in which nothing came for a day. Returns how many. */
  sweep(): number;
}

export interface BlobName {
  digest: string;
  bytes: number;
}

export interface Upload extends BlobName {
  id: string;
  /** So many bytes are here, and on the disk. */
  offset: number;
}

const STALE_MS = 86_400_000;
/** Uploads of one sender. */
const MOST_EACH = 500;
const ID = /^([0-9a-f]{64})-(\d{1,15})-([0-9a-f]{16})$/;

/** What this process saw of an upload from its first byte. */
interface Progress {
  hasher: Bun.CryptoHasher;
  hashed: number;
}

export function openUploads(
  folder: string,
  blobs: Blobs,
  { clock }: { clock: Pick<Clock, "now"> },
): Uploads {
  const progress = new Map<string, Progress>();
  /** Uploads that a body comes for now. */
  const busy = new Set<string>();
  const pathOf = (id: string): string => join(folder, id);

  function read({ digest, bytes }: BlobName, id: string): Upload {
    const size = blobs.size(digest) === bytes ? bytes : sizeOf(pathOf(id));
    return { id, digest, bytes, offset: Math.min(size ?? 0, bytes) };
  }

  function forget(id: string): void {
    progress.delete(id);
    removeIfThere(pathOf(id));
  }

  async function place({ id, digest, bytes }: Upload): Promise<void> {
    const seen = progress.get(id);
    const found =
      seen?.hashed === bytes ? seen.hasher.digest("hex") : await digestInSlices(pathOf(id));
    progress.delete(id);
    if (found === digest) {
      blobs.adopt(pathOf(id), digest);
      return;
    }
    forget(id);
    throw wrongDigest(found, digest);
  }

  return {
    begin({ digest, bytes }, who) {
      const id = `${digest}-${bytes}-${markOf(who)}`;
      const upload = read({ digest, bytes }, id);
      if (sizeOf(pathOf(id)) !== null || blobs.size(digest) === bytes) return upload;
      ensureFolder(folder);
      assertFew(namesIn(folder), markOf(who));
      closeSync(openSync(pathOf(id), "a"));
      return upload;
    },
    find(id, who) {
      const [, digest, bytes, mark] = ID.exec(id) ?? [];
      if (digest === undefined || mark !== markOf(who)) return null;
      const upload = read({ digest, bytes: Number(bytes) }, id);
      const isThere = sizeOf(pathOf(id)) !== null || blobs.size(digest) === upload.bytes;
      return isThere ? upload : null;
    },
    async append(upload, chunks) {
      const { id, bytes } = upload;
      if (upload.offset === bytes && blobs.size(upload.digest) === bytes) return bytes;
      if (busy.has(id)) {
        throw refused(503, "try-later", "a body comes for this upload already", {
          retry_after_s: 1,
        });
      }
      busy.add(id);
      try {
        if (upload.offset === 0) {
          progress.set(id, { hasher: new Bun.CryptoHasher("sha256"), hashed: 0 });
        }
        const seen = progress.get(id);
        const isSeen = seen?.hashed === upload.offset;
        const file = await open(pathOf(id), upload.offset === 0 ? "w" : "r+");
        const hasher = isSeen ? seen.hasher : null;
        const appended = await appendBody(file, upload.offset, chunks, hasher).finally(() =>
          file.close(),
        );
        if (isSeen) seen.hashed = appended.size;
        if (appended.error !== null) throw appended.error;
        if (appended.size === bytes) await place(upload);
        return appended.size;
      } catch (error) {
        // What fills a disk that is full would not let anything else end.
        if (isFull(error)) forget(id);
        throw error;
      } finally {
        busy.delete(id);
      }
    },
    sweep() {
      const before_ms = clock.now().getTime() - STALE_MS;
      let count = 0;
      for (const name of namesIn(folder)) {
        if (busy.has(name)) continue;
        const changed_ms = statSync(pathOf(name), { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
        if (changed_ms > before_ms) continue;
        forget(name);
        count += 1;
      }
      return count;
    },
  };
}

export function wrongDigest(found: string, expected: string): Error {
  return refused(422, "usage", `the bytes have SHA-256 ${found}, expected ${expected}`, {
    hint: "send the blob again; if it stays so, the file was changed meanwhile",
  });
}

export function isFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(systemCode(error));
}

function assertFew(names: readonly string[], mark: string): void {
  const mine = names.filter((name) => name.endsWith(`-${mark}`)).length;
  if (mine < MOST_EACH) return;
  throw refused(503, "try-later", `${mine} uploads of the same sender are not complete`, {
    hint: "end them first; each is removed when nothing came for a day",
    retry_after_s: 60,
  });
}

/** Says whose an upload is, without saying the name. */
function markOf(who: string): string {
  return sha256(who).slice(0, 16);
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}
