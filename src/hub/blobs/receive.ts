import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Blobs } from "../../store/blobs.ts";
import { ensureFolder, removeIfThere, temporaryPath } from "../../store/durable.ts";
import { appendBody } from "./append.ts";
import { wrongDigest } from "./uploads.ts";

/** A blob in one body; leaves nothing unless it is in place. False when it was there. */
export async function receiveBlob(
  blobs: Blobs,
  digest: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  ensureFolder(blobs.folder);
  const path = temporaryPath(join(blobs.folder, "incoming"));
  const file = await open(path, "wx");
  try {
    const hasher = new Bun.CryptoHasher("sha256");
    const { error } = await appendBody(file, 0, chunks, hasher).finally(() => file.close());
    if (error !== null) throw error;
    const found = hasher.digest("hex");
    if (found !== digest) throw wrongDigest(found, digest);
    return blobs.adopt(path, digest);
  } finally {
    removeIfThere(path);
  }
}
