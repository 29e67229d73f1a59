import type { Random } from "../ports.ts";

/** Random bytes from the operating system. */
export const systemRandom: Random = {
  hex: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)).toHex(),
};
