import { join } from "node:path";
import { LabError } from "../../domain/errors.ts";
import { createOnce, ensureFolder } from "../../store/durable.ts";
import type { HubEvent } from "../queue/events.ts";
import { JOURNAL_VERSION, parseEntry } from "./line.ts";
import { readLines, type RawLine } from "./read-lines.ts";
import { segmentsIn, type Segment } from "./segments.ts";

export interface Replayed {
  events: number;
  /** Number of the last event; 0 when there was none. */
  seq: number;
  /** Lines that are torn or damaged: passed over, their bytes kept under the quarantine folder. */
  damaged: number;
  /** Events that should be there by their numbers and are not. */
  missing: number;
}

/**
 * Reads the journal in `folder` back. Each segment begins with a snapshot of all before it, so the
 * newest one whose snapshot was written to its end is all there is to read. Were there none (its end
 * is damaged), everything is read that is there: a damaged journal is a reported hole, never a reason
 * not to start.
 */
export function replayJournal(
  folder: string,
  quarantine: string,
  take: (event: HubEvent, seq: number) => void,
): Replayed {
  const segments = segmentsIn(folder);
  const newest = segments.findLast(({ path }) => hasWholeSnapshot(path));
  const done: Replayed = { events: 0, seq: 0, damaged: 0, missing: 0 };
  for (const segment of newest === undefined ? segments : [newest]) {
    readSegment(segment, quarantine, take, done);
  }
  return done;
}

function readSegment(
  segment: Segment,
  quarantine: string,
  take: (event: HubEvent, seq: number) => void,
  done: Replayed,
): void {
  for (const line of readLines(segment.path)) {
    const parsed = line.ended ? parseEntry(line.bytes) : null;
    if (parsed === null) {
      done.damaged += 1;
      if (done.damaged <= KEPT_DAMAGE) keepDamage(segment, line, quarantine);
      continue;
    }
    const { entry, seq } = parsed;
    if (entry.t === "snapshot") refuseNewer(segment.path, entry.v);
    // Lines of a snapshot carry the number of the last event in it.
    if (done.seq > 0 && seq > done.seq + 1) done.missing += seq - done.seq - 1;
    done.seq = Math.max(done.seq, seq);
    if (entry.t === "snapshot" || entry.t === "snapshot-end") continue;
    take(entry, seq);
    done.events += 1;
  }
}

function hasWholeSnapshot(path: string): boolean {
  for (const line of readLines(path)) {
    const entry = parseEntry(line.bytes)?.entry;
    if (entry?.t === "snapshot-end") return true;
    if (entry !== undefined && entry.t !== "snapshot" && !entry.t.startsWith("kept-")) return false;
  }
  return false;
}

function refuseNewer(path: string, version: number): void {
  if (version <= JOURNAL_VERSION) return;
  throw new LabError("usage", `${path} is of a newer labctl: version ${version} of the journal`, {
    hint: `use that labctl; this one reads version ${JOURNAL_VERSION}`,
  });
}

/** The first of them are evidence enough. */
const KEPT_DAMAGE = 100;

/** Names say where the bytes were, so the same damage is kept once. */
function keepDamage(segment: Segment, { bytes, start }: RawLine, quarantine: string): void {
  ensureFolder(quarantine);
  const name = `hub-journal-${segment.number}-${start}-${start + bytes.length}.json`;
  const content = { segment: segment.path, start, bytes: bytes.toString("latin1") };
  createOnce(join(quarantine, name), `${JSON.stringify(content)}\n`);
}
