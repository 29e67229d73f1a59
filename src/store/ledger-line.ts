import type { LabEvent } from "../domain/events.ts";

/**
 * One line of the ledger: the event, its writer and the writer's own sequence number, and a CRC-32
 * of everything before the `,"crc"` field, in hexadecimal. Each labctl process is one writer, so
 * writers need no lock: the file's order is the order of events, and a number missing between two
 * of a writer is a lost line.
 */
export function formatLine(event: LabEvent, writer: string, sequence: number): string {
  const body = JSON.stringify({ ...event, w: writer, n: sequence }).slice(0, -1);
  return `${body},"crc":"${crcText(Bun.hash.crc32(body))}"}\n`;
}

const CRC_FIELD = ',"crc":"';
/** Length of `,"crc":"xxxxxxxx"}`. */
const CRC_TAIL = CRC_FIELD.length + 8 + 2;

export type ParsedLine =
  | { kind: "event"; event: LabEvent; writer: string; sequence: number }
  /** Written by the Python original: history for people, not state. */
  | { kind: "original" }
  | { kind: "damaged"; problem: string };

/** Checks and parses one line (without its newline). Never throws. */
export function parseLine(text: string): ParsedLine {
  try {
    const tail = text.length - CRC_TAIL;
    if (tail > 0 && text.startsWith(CRC_FIELD, tail)) {
      const body = text.slice(0, tail);
      const stated = text.slice(tail + CRC_FIELD.length, -2);
      if (crcText(Bun.hash.crc32(body)) !== stated) {
        return { kind: "damaged", problem: "checksum does not match" };
      }
      // The checksum proves that this program wrote the line, so its shape is the writer's.
      const line: LabEvent & { w: string; n: number } = JSON.parse(`${body}}`);
      return { kind: "event", event: line, writer: line.w, sequence: line.n };
    }
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && "schema_version" in value) {
      return { kind: "original" };
    }
    return { kind: "damaged", problem: "no checksum" };
  } catch {
    return { kind: "damaged", problem: "not JSON" };
  }
}

function crcText(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
