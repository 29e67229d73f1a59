import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

/** Runs shorter than this are never polled, so they pay nothing. */
const FIRST_POLL_MS = 50;
const FASTEST_POLL_MS = 20;
const SLOWEST_POLL_MS = 100;
const MAX_LOOKS = 4;

/** A log file that a child writes to directly and that is kept small while it does. */
export interface CappedLog {
  /** Handed to the child; appends, so that the child continues at the end after every cut. */
  fd: number;
  /** Cuts the middle out when the file is over its limit; returns the bytes written since the last call. */
  trim(): number;
  /** Once nobody writes any more: puts head, marker and tail together, closes, returns the bytes cut. */
  close(): number;
}

/**
 * Opens `path`, which must not exist, as a log of which at most `max_bytes` are kept: the first and
 * the last half, with one line in between that says how much was cut. Memory: half the limit.
 */
export function openCappedLog(path: string, max_bytes: number): CappedLog {
  const fd = openSync(path, "ax+");
  const headBytes = Math.floor(max_bytes / 2);
  const tailBytes = max_bytes - headBytes;
  let tail: Buffer | null = null;
  let cutBytes = 0;
  let lastSize = 0;

  /** Moves what follows the head into `tail`, of which only the end is kept. */
  const takeTail = (): void => {
    let from = headBytes;
    let size = fstatSync(fd).size;
    // What is written between the last look and the cut is lost uncounted: microseconds, but a
    // writer that never pauses (1 GB/s) loses some percent that way. Hence `at least`.
    for (let look = 0; look < MAX_LOOKS && size > from; look++) {
      const fresh = readEnd(fd, size, Math.min(tailBytes, size - from));
      const joined: Buffer = tail === null ? fresh : Buffer.concat([tail, fresh]);
      const kept = Buffer.from(joined.subarray(Math.max(0, joined.length - tailBytes)));
      cutBytes += (tail?.length ?? 0) + (size - from) - kept.length;
      tail = kept;
      from = size;
      size = fstatSync(fd).size;
    }
    cutBytes += Math.max(0, size - from);
    ftruncateSync(fd, Math.min(size, headBytes));
  };

  const trim = (): number => {
    const size = fstatSync(fd).size;
    const written = Math.max(0, size - lastSize);
    if (size > max_bytes) takeTail();
    lastSize = size > max_bytes ? headBytes : size;
    return written;
  };

  const close = (): number => {
    const cutWhileWritten = tail !== null;
    try {
      trim();
      if (tail !== null) {
        const least = cutWhileWritten ? "at least " : "";
        takeTail();
        writeSync(fd, `\n[labctl: ${least}${cutBytes.toLocaleString("en-US")} bytes cut here]\n`);
        writeSync(fd, tail);
      }
      return cutBytes;
    } finally {
      closeSync(fd);
    }
  };

  return { fd, trim, close };
}

/** Keeps logs trimmed while their writer runs, oftener the faster they grow. Returns how to stop. */
export function keepTrimmed(logs: readonly CappedLog[], max_bytes: number): () => void {
  let wait = FIRST_POLL_MS;
  const poll = (): void => {
    const written = Math.max(...logs.map((log) => log.trim()));
    wait = written > max_bytes / 4 ? FASTEST_POLL_MS : Math.min(SLOWEST_POLL_MS, wait * 1.5);
    timer = setTimeout(poll, wait);
  };
  let timer = setTimeout(poll, wait);
  return () => clearTimeout(timer);
}

function readEnd(fd: number, size: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  return buffer.subarray(0, readSync(fd, buffer, 0, bytes, size - bytes));
}
