import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { LabError, systemCode } from "../domain/errors.ts";
import { ensureFolder, removeIfThere, syncFolder, temporaryPath } from "./durable.ts";
import { namesIn } from "./names-in.ts";

/**
 * Bytes by their SHA-256, one file each: `<folder>/<first two digits>/<digest>`. A blob is complete
 * and synced in the instant its name exists, and is never changed.
 */
export interface Blobs {
  folder: string;
  has(digest: string): boolean;
  /** As has(), and counts as used now: whoever collects garbage leaves it for a day. */
  renew(digest: string): boolean;
  /** Where it is, or would be. Throws LabError usage for what is no digest. */
  path(digest: string): string;
  /** null when it is not there. */
  size(digest: string): number | null;
  receive(): BlobWriter;
  /**
   * Gives a file its place; its digest, and that it is synced, is the caller's word. It must be on
   * the same file system. False when the blob was there; the file is gone from `path` either way.
   */
  adopt(path: string, digest: string): boolean;
  addFile(path: string): { digest: string; bytes: number };
  addBytes(bytes: Uint8Array): { digest: string; bytes: number };
  /** One that is gone already is fine. */
  remove(digest: string): void;
  /** All of them, with size and time of last change. */
  list(): Generator<{ digest: string; bytes: number; changed_ms: number }>;
}

/** A blob as it arrives. End it with finish() or abort(). */
export interface BlobWriter {
  write(bytes: Uint8Array): void;
  bytes(): number;
  /**
   * Syncs it and puts it in place under the digest it has, which is returned; false in `isNew` when
   * it was there. Throws LabError usage, and leaves nothing, when that is not `expected`.
   */
  finish(expected: string | null): { digest: string; isNew: boolean };
  abort(): void;
}

const DIGEST = /^[0-9a-f]{64}$/;
const CHUNK_BYTES = 1 << 20;
/** A blob whose time of last change is not older need not get a new one. */
const FRESH_MS = 3_600_000;

/** The folder is made when the first blob comes. */
export function openBlobs(folder: string): Blobs {
  function path(digest: string): string {
    if (!DIGEST.test(digest)) {
      throw new LabError("usage", `not a SHA-256: ${JSON.stringify(digest.slice(0, 100))}`, {
        hint: "give 64 lower-case hexadecimal digits",
      });
    }
    return join(folder, digest.slice(0, 2), digest);
  }

  function size(digest: string): number | null {
    return statSync(path(digest), { throwIfNoEntry: false })?.size ?? null;
  }

  function renew(digest: string): boolean {
    const found = statSync(path(digest), { throwIfNoEntry: false });
    if (found === undefined) return false;
    const now = new Date();
    if (now.getTime() - found.mtimeMs < FRESH_MS) return true;
    try {
      utimesSync(path(digest), now, now);
      return true;
    } catch (error) {
      const code = systemCode(error);
      if (code === "ENOENT") return false;
      // Somebody else's file on a shared folder: it can be read all the same.
      if (code === "EPERM" || code === "EACCES") return true;
      throw error;
    }
  }

  function receive(): BlobWriter {
    ensureFolder(folder);
    const temporary = temporaryPath(join(folder, "incoming"));
    const fd = openSync(temporary, "wx");
    const hasher = new Bun.CryptoHasher("sha256");
    let bytes = 0;
    let isOpen = true;

    function end(): void {
      if (!isOpen) return;
      isOpen = false;
      closeSync(fd);
    }

    function abort(): void {
      end();
      removeIfThere(temporary);
    }

    return {
      bytes: () => bytes,
      write(chunk) {
        for (let at = 0; at < chunk.length;) at += writeSync(fd, chunk, at);
        hasher.update(chunk);
        bytes += chunk.length;
      },
      finish(expected) {
        try {
          const digest = hasher.digest("hex");
          if (expected !== null && digest !== expected) {
            throw new LabError("usage", `the bytes have SHA-256 ${digest}, expected ${expected}`, {
              hint: "send the blob again; if it stays so, the file was changed meanwhile",
            });
          }
          fsyncSync(fd);
          return { digest, isNew: place(temporary, path(digest)) };
        } finally {
          abort();
        }
      },
      abort,
    };
  }

  return {
    folder,
    path,
    size,
    has: (digest) => size(digest) !== null,
    renew,
    receive,
    adopt(source, digest) {
      const isNew = place(source, path(digest));
      if (!isNew) renew(digest);
      removeIfThere(source);
      return isNew;
    },
    addFile(source) {
      const { digest, bytes } = digestOfFile(source);
      if (size(digest) === bytes && renew(digest)) return { digest, bytes };
      const writer = receive();
      try {
        eachChunk(source, (chunk) => writer.write(chunk));
      } catch (error) {
        writer.abort();
        throw error;
      }
      const total = writer.bytes();
      return { digest: writer.finish(null).digest, bytes: total };
    },
    addBytes(content) {
      const digest = new Bun.CryptoHasher("sha256").update(content).digest("hex");
      if (size(digest) !== content.length || !renew(digest)) {
        const writer = receive();
        try {
          writer.write(content);
        } catch (error) {
          writer.abort();
          throw error;
        }
        writer.finish(digest);
      }
      return { digest, bytes: content.length };
    },
    remove: (digest) => removeIfThere(path(digest)),
    *list() {
      for (const prefix of namesIn(folder)) {
        if (!/^[0-9a-f]{2}$/.test(prefix)) continue;
        for (const digest of namesIn(join(folder, prefix))) {
          const stat = statSync(join(folder, prefix, digest), { throwIfNoEntry: false });
          if (!DIGEST.test(digest) || stat === undefined) continue;
          yield { digest, bytes: stat.size, changed_ms: stat.mtimeMs };
        }
      }
    },
  };
}

/** SHA-256 and size of a file, read in pieces. */
export function digestOfFile(path: string): { digest: string; bytes: number } {
  const hasher = new Bun.CryptoHasher("sha256");
  const bytes = eachChunk(path, (chunk) => hasher.update(chunk));
  return { digest: hasher.digest("hex"), bytes };
}

function eachChunk(path: string, use: (chunk: Uint8Array) => void): number {
  const fd = openSync(path, "r");
  try {
    const buffer = new Uint8Array(CHUNK_BYTES);
    let bytes = 0;
    for (;;) {
      const count = readSync(fd, buffer, 0, buffer.length, null);
      if (count === 0) return bytes;
      use(buffer.subarray(0, count));
      bytes += count;
    }
  } finally {
    closeSync(fd);
  }
}

/** Returns whether it was not there before. */
function place(temporary: string, path: string): boolean {
  const folder = join(path, "..");
  ensureFolder(folder);
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    // Of another size it is a torn one of a file system without link(), or damage: replace it.
    if (statSync(path).size === statSync(temporary).size) return false;
    unlinkSync(path);
    linkSync(temporary, path);
  }
  syncFolder(folder);
  return true;
}
