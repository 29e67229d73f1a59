import { readdirSync } from "node:fs";
import { join } from "node:path";

/** One file of the journal. A hub writes only to those it made itself; the highest number is newest. */
export interface Segment {
  number: number;
  path: string;
}

const NAME = /^journal-(\d{8,})\.jsonl$/;

/** Oldest first. */
export function segmentsIn(folder: string): Segment[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const match = NAME.exec(name);
      return match ? [{ number: Number(match[1]), path: join(folder, name) }] : [];
    })
    .toSorted((a, b) => a.number - b.number);
}

export function segmentPath(folder: string, number: number): string {
  return join(folder, `journal-${String(number).padStart(8, "0")}.jsonl`);
}
