import type { FileHandle } from "node:fs/promises";

/** So much is written before it is synced: a disk that has to take gigabytes at once stops everybody. */
const SYNC_BYTES = 64 * 1024 * 1024;

export interface Appended {
  /** Of the file. */
  size: number;
  /** What ended the body early; null: it came whole. */
  error: unknown;
}

/**
 * Writes a body at the end of a file, in other threads, and syncs it. What came before an error stays
 * written, is synced too, and was given to `hasher`.
 */
export async function appendBody(
  file: FileHandle,
  start: number,
  chunks: AsyncIterable<Uint8Array>,
  hasher: Bun.CryptoHasher | null,
): Promise<Appended> {
  let size = start;
  let synced = start;
  let error: unknown = null;
  try {
    for await (const chunk of chunks) {
      await writeAll(file, chunk, size);
      hasher?.update(chunk);
      size += chunk.length;
      if (size - synced >= SYNC_BYTES) {
        await file.datasync();
        synced = size;
      }
    }
  } catch (caught) {
    error = caught;
  }
  await file.sync();
  return { size, error };
}

async function writeAll(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}
