import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { systemCode } from "../../domain/errors.ts";
import { refused } from "../refuse.ts";

export interface BlobLimits {
  /** Of one blob. */
  max_blob_bytes: number;
  /** So much stays free on the disk whatever is sent. */
  free_bytes: number;
}

export const BLOB_LIMITS: BlobLimits = {
  max_blob_bytes: 16 * 1024 ** 3,
  free_bytes: 256 * 1024 ** 2,
};

/** Throws unless a blob of that size may come; `folder` need not exist yet. */
export function assertRoom(
  folder: string,
  bytes: number,
  { max_blob_bytes, free_bytes }: BlobLimits,
): void {
  if (bytes > max_blob_bytes) {
    throw refused(413, "usage", `a blob of ${bytes} bytes; at most ${max_blob_bytes} are taken`, {
      hint: "leave large files out of the workspace, or start the hub with a larger --max-blob",
    });
  }
  const free = freeBytes(folder);
  if (free !== null && free - bytes < free_bytes) {
    throw refused(507, "try-later", "no space left on the hub's disk", {
      hint: `free some space there: ${free} bytes are left, and ${free_bytes} of them stay so`,
      retry_after_s: 10,
    });
  }
}

/** null where the system does not say. */
function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch (error) {
    if (systemCode(error) !== "ENOENT" || dirname(folder) === folder) return null;
    return freeBytes(dirname(folder));
  }
}
