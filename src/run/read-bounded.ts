import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { systemCode } from "../domain/errors.ts";

export interface BoundedText {
  /** The whole file when it is small enough, else its first part. */
  head: string;
  /** The last part; "" when `head` is the whole file. */
  tail: string;
}

/**
 * Reads at most the first and the last `bytes` of a file that a run left behind, bytes that are not
 * UTF-8 replaced. null when there is no such file, or it is none: a run may leave a link to a
 * device or a pipe that never ends under any name.
 */
export function readBounded(path: string, bytes: number): BoundedText | null {
  const fd = openRegular(path);
  if (fd === null) return null;
  try {
    const { size } = fstatSync(fd);
    if (size <= 2 * bytes) return { head: readAt(fd, 0, size), tail: "" };
    return { head: readAt(fd, 0, bytes), tail: readAt(fd, size - bytes, bytes) };
  } finally {
    closeSync(fd);
  }
}

/** Opens a regular file for reading without following a link; null when there is none. Close it. */
export function openRegular(path: string): number | null {
  try {
    // Not blocking: opening a pipe without a writer would wait for one.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
    return null;
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP", "EACCES", "ENXIO"].includes(systemCode(error))) return null;
    throw error;
  }
}

function readAt(fd: number, position: number, bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  return new TextDecoder().decode(buffer.subarray(0, readSync(fd, buffer, 0, bytes, position)));
}
