import { join } from "node:path";
import * as v from "valibot";
import { ensureFolder } from "../../store/durable.ts";
import { openSyncedLines } from "../../store/synced-lines.ts";
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
  const records = lines.read().flatMap((line) => recordOf(line) ?? []);
  return {
    records,
    damaged: lines.read().length - records.length,
    append: (added) => lines.append(added.map((record) => JSON.stringify(record))),
    close: () => lines.close(),
  };
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
