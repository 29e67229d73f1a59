import { open } from "node:fs/promises";

/** Hashing 1 MiB takes 2 ms; then others get their turn. */
const SLICE_BYTES = 1 << 20;

/** SHA-256 of a file of any size; it is read in other threads, and a slice is hashed at a time. */
export async function digestInSlices(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  const file = await open(path, "r");
  try {
    const buffer = new Uint8Array(SLICE_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return hasher.digest("hex");
      hasher.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
