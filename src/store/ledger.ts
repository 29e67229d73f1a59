import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { systemCode } from "../domain/errors.ts";
import type { LabEvent } from "../domain/events.ts";
import { isStorageError, storageError, syncFolder } from "./durable.ts";
import { formatLine, parseLine, type ParsedLine } from "./ledger-line.ts";

/** An event and the bytes of the ledger it occupies. */
export interface LedgerEntry {
  event: LabEvent;
  start: number;
  end: number;
}

/** Bytes of the ledger that are not a valid line. */
export interface LedgerDamage {
  start: number;
  end: number;
  problem: string;
}

export interface LedgerScan {
  /** Position after the last complete line. */
  end: number;
  /** CRC-32 of the ledger up to `end`. */
  crc32: number;
  damage: LedgerDamage[];
  /** Lines of it that are not valid; a gap in a writer's numbers is not one. */
  damaged_lines: number;
  /** Bytes after `end`: a line being written right now, or torn by a crash. */
  torn_bytes: number;
}

export interface Ledger {
  /** Appends in one write, in order; with `sync` the events survive a power loss on return. */
  append(events: readonly LabEvent[], options: { sync: boolean }): void;
  /** Current length in bytes; 0 when there is none. */
  size(): number;
  /**
   * Calls `visit` for every valid event from byte `from` on. `crc32` is that of the bytes before
   * `from`. Damaged lines are skipped and reported; reading never fails because of content.
   */
  scan(from: number, crc32: number, visit: (entry: LedgerEntry) => void): LedgerScan;
  /** Ends a line that a crash left torn, so that it becomes one damaged line; true if there was one. */
  endTornLine(): boolean;
  /** CRC-32 of the first `bytes` bytes, or null when there are fewer. */
  checksum(bytes: number): number | null;
  close(): void;
}

const CHUNK = 1 << 20;
/** No event is nearly as long; a run of bytes without a newline can be as long as the disk. */
const MAX_LINE_BYTES = 1 << 26;
const NEWLINE = 10;

/** Opens `registry/events.jsonl`; the file is created by the first append. */
export function openLedger(path: string, writer: string): Ledger {
  let appendFd: number | null = null;
  let sequence = 0;

  function openForAppend(): number {
    if (appendFd !== null) return appendFd;
    appendFd = openSync(path, "a+");
    if (fstatSync(appendFd).size === 0) syncFolder(dirname(path));
    return appendFd;
  }

  function append(events: readonly LabEvent[], options: { sync: boolean }): void {
    if (events.length === 0) return;
    try {
      const fd = openForAppend();
      let text = endsInsideLine(fd) ? "\n" : "";
      events.forEach((event, index) => {
        text += formatLine(event, writer, sequence + index + 1);
      });
      const bytes = Buffer.from(text);
      const written = writeSync(fd, bytes);
      // Not before: what was refused as a whole is not missing from the ledger.
      sequence += events.length;
      if (written !== bytes.length) {
        throw Object.assign(new Error(`wrote ${written} of ${bytes.length} bytes`), {
          code: "ENOSPC",
        });
      }
      if (options.sync) fdatasyncSync(fd);
    } catch (error) {
      if (isStorageError(error)) throw storageError(error, `appending to ${path}`);
      throw error;
    }
  }

  function openForRead(): number | null {
    try {
      return openSync(path, "r");
    } catch (error) {
      if (systemCode(error) === "ENOENT") return null;
      throw error;
    }
  }

  function size(): number {
    const fd = openForRead();
    if (fd === null) return 0;
    try {
      return fstatSync(fd).size;
    } finally {
      closeSync(fd);
    }
  }

  function scan(from: number, crcBefore: number, visit: (entry: LedgerEntry) => void): LedgerScan {
    const damage: LedgerDamage[] = [];
    const result: LedgerScan = {
      end: from,
      crc32: crcBefore,
      damage,
      damaged_lines: 0,
      torn_bytes: 0,
    };
    const fd = openForRead();
    if (fd === null) return result;
    const lastSequence = new Map<string, number>();

    function take(bytes: Buffer): void {
      const start = result.end;
      result.end = start + bytes.length;
      result.crc32 = Bun.hash.crc32(bytes, result.crc32);
      if (bytes.length === 1) return;
      const line: ParsedLine =
        bytes.length > MAX_LINE_BYTES
          ? { kind: "damaged", problem: `a line of ${bytes.length} bytes` }
          : parseLine(bytes.toString("utf8", 0, bytes.length - 1));
      if (line.kind === "original") return;
      if (line.kind === "damaged") {
        damage.push({ start, end: result.end, problem: line.problem });
        result.damaged_lines += 1;
        return;
      }
      const previous = lastSequence.get(line.writer);
      if (previous !== undefined && line.sequence > previous + 1) {
        const lost = line.sequence - previous - 1;
        damage.push({ start, end: start, problem: `${lost} events missing before this line` });
      }
      lastSequence.set(line.writer, line.sequence);
      visit({ event: line.event, start, end: result.end });
    }

    try {
      // Sized to what is there: the common scan reads the one line just appended.
      const chunk = Math.min(CHUNK, Math.max(4096, fstatSync(fd).size - from));
      const buffer = Buffer.allocUnsafe(chunk);
      // The beginning of a line that goes on in the next chunk, in pieces.
      let rest: Buffer[] = [];
      let position = from;
      for (;;) {
        const count = readSync(fd, buffer, 0, chunk, position);
        if (count === 0) break;
        position += count;
        const fresh = buffer.subarray(0, count);
        let begin = 0;
        let newline = fresh.indexOf(NEWLINE);
        if (newline >= 0 && rest.length > 0) {
          take(Buffer.concat([...rest, fresh.subarray(0, newline + 1)]));
          rest = [];
          begin = newline + 1;
          newline = fresh.indexOf(NEWLINE, begin);
        }
        while (newline >= 0) {
          take(fresh.subarray(begin, newline + 1));
          begin = newline + 1;
          newline = fresh.indexOf(NEWLINE, begin);
        }
        if (begin < count) rest.push(Buffer.from(fresh.subarray(begin)));
      }
      result.torn_bytes = position - result.end;
      return result;
    } finally {
      closeSync(fd);
    }
  }

  function checksum(bytes: number): number | null {
    const fd = openForRead();
    if (fd === null) return bytes === 0 ? 0 : null;
    try {
      const buffer = Buffer.alloc(CHUNK);
      let crc = 0;
      let position = 0;
      while (position < bytes) {
        const count = readSync(fd, buffer, 0, Math.min(CHUNK, bytes - position), position);
        if (count === 0) return null;
        crc = Bun.hash.crc32(buffer.subarray(0, count), crc);
        position += count;
      }
      return crc;
    } finally {
      closeSync(fd);
    }
  }

  function endTornLine(): boolean {
    if (size() === 0 || !endsInsideLine(openForAppend())) return false;
    writeSync(openForAppend(), "\n");
    return true;
  }

  function close(): void {
    if (appendFd !== null) closeSync(appendFd);
    appendFd = null;
  }

  return { append, size, scan, checksum, endTornLine, close };
}

/** A crash may have left a torn line; its bytes must not swallow the next one. */
function endsInsideLine(fd: number): boolean {
  const { size } = fstatSync(fd);
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  return last[0] !== NEWLINE;
}
