import { closeSync, fstatSync, readSync } from "node:fs";
import { openRegular } from "../../run/read-bounded.ts";

const CHUNK_BYTES = 1 << 16;
const POLL_MS = 100;

/**
 * The bytes of a log from `offset` on, read as fast as they are taken; then, as long as it grows, what
 * comes after them. A log that became shorter goes on at its end.
 */
export function logStream(
  path: string,
  options: { offset: number; isGrowing: () => boolean; signal: AbortSignal },
): ReadableStream<Uint8Array> {
  const { isGrowing, signal } = options;
  let { offset } = options;

  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        // Asked before reading: what is written before the end is then read after it.
        const ended = !isGrowing();
        const { bytes, size } = readAt(path, offset);
        offset = Math.min(offset, size) + bytes.length;
        if (bytes.length > 0) return controller.enqueue(bytes);
        if (ended || signal.aborted) return controller.close();
        await Bun.sleep(POLL_MS);
      }
    },
  });
}

function readAt(path: string, offset: number): { bytes: Uint8Array; size: number } {
  const fd = openRegular(path);
  if (fd === null) return { bytes: new Uint8Array(), size: 0 };
  try {
    const { size } = fstatSync(fd);
    const buffer = new Uint8Array(Math.max(0, Math.min(CHUNK_BYTES, size - offset)));
    return { bytes: buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, offset)), size };
  } finally {
    closeSync(fd);
  }
}
