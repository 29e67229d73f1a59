import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A line of the hub's journal, as far as the history is checked by it. */
export interface JournalEntry {
  seq: number;
  t: string;
  package?: string;
  epoch?: number;
  worker?: string;
}

export interface JournalArchive {
  /** While no hub runs. */
  keep(): void;
  /** Every event once, in order. An entry that only a dead hub's file has was never acknowledged, or is here again. */
  entries(): JournalEntry[];
}

/**
 * Keeps what the hub had written before each of its deaths: when it starts, it begins a new segment and
 * deletes the older ones.
 */
export function journalArchive(hubFolder: string, archive: string): JournalArchive {
  mkdirSync(archive, { recursive: true });
  let lives = 0;
  return {
    keep() {
      lives += 1;
      for (const name of segments(hubFolder)) {
        copyFileSync(
          join(hubFolder, name),
          join(archive, `${String(lives).padStart(4, "0")}-${name}`),
        );
      }
    },
    entries() {
      const bySeq = new Map<number, JournalEntry>();
      for (const name of segments(archive)) {
        for (const entry of readSegment(join(archive, name))) bySeq.set(entry.seq, entry);
      }
      return [...bySeq.values()].toSorted((a, b) => a.seq - b.seq);
    },
  };
}

function segments(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /journal-.*\.jsonl$/.test(name))
    .sort();
}

/** Snapshots are left out: they say nothing that was not an event before. */
function readSegment(path: string): JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const entry = parsedLine(line);
    const { n: seq, t, package: pack, epoch, worker } = entry;
    if (typeof seq !== "number" || typeof t !== "string") continue;
    if (t.startsWith("kept-") || t.startsWith("snapshot")) continue;
    entries.push({
      seq,
      t,
      ...(typeof pack === "string" && { package: pack }),
      ...(typeof epoch === "number" && { epoch }),
      ...(typeof worker === "string" && { worker }),
    });
  }
  return entries;
}

/** A line of JSON that is an object; {} for any other line, such as a torn one. */
export function parsedLine(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
