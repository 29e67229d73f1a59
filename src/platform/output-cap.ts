import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

/** Runs shorter than this are never polled, so they pay nothing. */
const FIRST_POLL_MS = 50;
const SLOWEST_POLL_MS = 100;
/** While its writer runs a log may be this many times its limit: cutting then is costly. */
const SLACK = 16;
/** A paused writer that wrote nothing for this long has stopped, also on a busy machine. */
const QUIET_MS = 3;
const LONGEST_WAIT_MS = 30;

/** A log file that a child writes to directly and that is kept small while it does. */
export interface CappedLog {
  /** Handed to the child; appends, so that the child continues at the end after every cut. */
  fd: number;
  /** Bytes in the file now. */
  size(): number;
  /** Takes the middle out; what is written while it does is lost, so writers have to be paused. */
  cut(): void;
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

  const size = (): number => fstatSync(fd).size;

  /** Moves what follows the head into `tail`, of which only the end is kept. */
  const cut = (): void => {
    const fresh = Math.max(0, size() - headBytes);
    const end = readEnd(fd, headBytes + fresh, Math.min(tailBytes, fresh));
    const joined: Buffer = tail === null ? end : Buffer.concat([tail, end]);
    const kept = Buffer.from(joined.subarray(Math.max(0, joined.length - tailBytes)));
    cutBytes += (tail?.length ?? 0) + fresh - kept.length;
    tail = kept;
    if (fresh > 0) ftruncateSync(fd, headBytes);
  };

  const close = (): number => {
    try {
      if (tail !== null || size() > max_bytes) {
        cut();
        writeSync(fd, `\n[labctl: ${cutBytes.toLocaleString("en-US")} bytes cut here]\n`);
        if (tail !== null) writeSync(fd, tail);
      }
      return cutBytes;
    } finally {
      closeSync(fd);
    }
  };

  return { fd, size, cut, close };
}

/**
 * Keeps logs near 16 times their limit at most while their writers run. These are paused for each
 * cut: otherwise the last words of a program that ends at that moment would be lost. Returns how to
 * stop.
 */
export function keepTrimmed(
  logs: readonly CappedLog[],
  max_bytes: number,
  writers: { pause: () => void; resume: () => void },
): () => void {
  let wait = FIRST_POLL_MS;
  const poll = (): void => {
    const large = logs.filter((log) => log.size() > SLACK * max_bytes);
    if (large.length > 0) {
      writers.pause();
      try {
        for (const log of large) {
          waitUntilStill(log);
          log.cut();
        }
      } finally {
        writers.resume();
      }
    }
    wait = large.length > 0 ? FIRST_POLL_MS : Math.min(SLOWEST_POLL_MS, wait * 1.5);
    timer = setTimeout(poll, wait);
  };
  let timer = setTimeout(poll, wait);
  return () => clearTimeout(timer);
}

/** A pause takes effect when the write in progress is over. A writer outside the group never pauses. */
function waitUntilStill(log: CappedLog): void {
  let quiet_ms = 0;
  for (let waited_ms = 0; quiet_ms < QUIET_MS && waited_ms < LONGEST_WAIT_MS; waited_ms++) {
    const before = log.size();
    Bun.sleepSync(1);
    quiet_ms = log.size() === before ? quiet_ms + 1 : 0;
  }
}

function readEnd(fd: number, size: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  return buffer.subarray(0, readSync(fd, buffer, 0, bytes, size - bytes));
}
