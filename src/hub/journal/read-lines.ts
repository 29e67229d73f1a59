import { closeSync, openSync, readSync } from "node:fs";

const CHUNK_BYTES = 1 << 20;

export interface RawLine {
  /** Without its newline. Good until the next line is asked for. */
  bytes: Buffer;
  /** Where in the file it begins. */
  start: number;
  /** False for what follows the last newline. */
  ended: boolean;
}

/** The lines of a file, a piece of it in memory at a time. */
export function* readLines(path: string): Generator<RawLine> {
  const fd = openSync(path, "r");
  try {
    let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    /** Bytes of the buffer that hold something, and where in the file it begins. */
    let filled = 0;
    let base = 0;
    for (;;) {
      if (filled === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
      const count = readSync(fd, buffer, filled, buffer.length - filled, null);
      filled += count;
      let at = 0;
      for (;;) {
        const newline = buffer.indexOf(10, at);
        if (newline < 0 || newline >= filled) break;
        yield { bytes: buffer.subarray(at, newline), start: base + at, ended: true };
        at = newline + 1;
      }
      if (count === 0) {
        if (at < filled)
          yield { bytes: buffer.subarray(at, filled), start: base + at, ended: false };
        return;
      }
      buffer.copy(buffer, 0, at, filled);
      filled -= at;
      base += at;
    }
  } finally {
    closeSync(fd);
  }
}
