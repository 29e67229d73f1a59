import type { HubEvent } from "../queue/events.ts";

/** A line of a segment: an event, or the bounds of the snapshot that each segment begins with. */
export type JournalEntry =
  | HubEvent
  | { t: "snapshot"; v: number; lines: number }
  /** From here on it is complete. */
  | { t: "snapshot-end" };

/** Of the lines; a hub refuses a journal of a newer one. */
export const JOURNAL_VERSION = 1;

const BRACE = 0x7d;
const CRC_FIELD = ',"crc":"';
/** Bytes of `,"crc":"xxxxxxxx"}`. */
const CRC_TAIL = CRC_FIELD.length + 8 + 2;

/** `{"n":7,...,"crc":"0a1b2c3d"}` and a newline; the CRC-32 is of all before its field. */
export function formatEntry(entry: JournalEntry, seq: number): string {
  const body = `{"n":${seq},${JSON.stringify(entry).slice(1, -1)}`;
  return `${body}${crcTail(Bun.hash.crc32(body))}\n`;
}

/**
 * Checks and parses a line, without its newline; null when it is damaged. Never throws. The bytes are
 * not the line any more after it was parsed.
 */
export function parseEntry(line: Buffer): { entry: JournalEntry; seq: number } | null {
  const tail = line.length - CRC_TAIL;
  if (tail <= 0) return null;
  const end = line.toString("latin1", tail);
  if (end !== crcTail(Bun.hash.crc32(line.subarray(0, tail)))) return null;
  // The line is only parsed, so the body gets its brace in place of the comma.
  line[tail] = BRACE;
  try {
    // The checksum proves that this program wrote the line, so its shape is the writer's.
    const entry: JournalEntry & { n: number } = JSON.parse(line.toString("utf8", 0, tail + 1));
    return { entry, seq: entry.n };
  } catch {
    return null;
  }
}

function crcTail(crc: number): string {
  return `${CRC_FIELD}${crc.toString(16).padStart(8, "0")}"}`;
}
