import { openDocuments, type Documents } from "./documents.ts";
import { LabError } from "../domain/errors.ts";

/**
 * Results that were not the first, or came without a right: kept under dispatch/quarantine/, for
 * people, and never counted.
 */
export interface LateResults {
  /** Durable on return. The same again changes nothing. */
  keep(attempt: string, key: string, late: LateResult): Promise<void>;
}

export interface LateResult {
  at: string;
  status: "superseded" | "stale";
  reason: string;
  worker: string;
  result: unknown;
}

/** A worker gone mad must not fill the disk. */
const MOST = 10_000;

export function openLateResults(quarantine: string): LateResults {
  let files: Documents | null = null;
  let count = 0;
  return {
    async keep(attempt, key, late) {
      if (files === null) {
        files = openDocuments(quarantine);
        count = files.names().length;
      }
      if (count >= MOST) {
        throw new LabError("try-later", `${MOST} results are in the hub's quarantine already`, {
          hint: "look through dispatch/quarantine of the data root, and delete what is not needed",
        });
      }
      count += 1;
      const text = `${JSON.stringify({ schema_version: 1, attempt, ...late }, null, 2)}\n`;
      await files.put(`late-${attempt}-${key}`, text);
    },
  };
}
