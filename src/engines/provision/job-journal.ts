import { join } from "node:path";
import * as v from "valibot";
import { ensureFolder } from "../../store/durable.ts";
import { openSyncedLines } from "../../store/synced-lines.ts";
import { REMEMBERED } from "./jobs.ts";
import { JobRecordSchema, type JobRecord } from "./job-record.ts";

export interface JobJournal {
  /** What was there when it was opened, in order. */
  records: JobRecord[];
  /** Lines that are no record: torn by a crash, or damaged. */
  damaged: number;
  /** Durable on return. */
  append(records: readonly JobRecord[]): void;
  close(): void;
}

/** Opens `jobs.jsonl` of an engine's folder. Its caller holds the engine's lease: there is one writer. */
export function openJobJournal(folder: string): JobJournal {
  ensureFolder(folder);
  const lines = openSyncedLines(join(folder, "jobs.jsonl"));
  const text = lines.read();
  const all = text.flatMap((line) => recordOf(line) ?? []);
  const records = text.length > LONGEST ? latest(all) : all;
  if (text.length > LONGEST) lines.replace(records.map((record) => JSON.stringify(record)));
  return {
    records,
    damaged: text.length - all.length,
    append: (added) => lines.append(added.map((record) => JSON.stringify(record))),
    close: () => lines.close(),
  };
}

/** A journal of more lines is cut when it is opened. */
const LONGEST = 5000;

/** What is said of the jobs with the highest numbers, of those that did not end, and of pauses. */
function latest(records: readonly JobRecord[]): JobRecord[] {
  const over = new Set<string>();
  const numbers = new Map<string, number>();
  for (const record of records) {
    if (record.kind === "intent") numbers.set(record.tag, record.n);
    if (record.kind === "ended" || record.kind === "dropped") over.add(record.tag);
  }
  const last = Math.max(0, ...numbers.values());
  return records.filter(
    (record) =>
      !("tag" in record) ||
      !over.has(record.tag) ||
      (numbers.get(record.tag) ?? 0) > last - REMEMBERED,
  );
}

function recordOf(line: string): JobRecord | null {
  try {
    const parsed = v.safeParse(JobRecordSchema(), JSON.parse(line));
    return parsed.success ? parsed.output : null;
  } catch {
    // Not JSON: a line that a crash tore. Whatever it said, the scheduler is asked anyway.
    return null;
  }
}
