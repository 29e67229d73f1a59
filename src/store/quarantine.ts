import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { createOnce, ensureFolder } from "./durable.ts";
import type { Layout } from "./layout.ts";

/**
 * What `recover` has looked at and cannot mend is put on record under registry/quarantine/, and no
 * longer reported as news: a range of ledger bytes, or a problem of one bundle.
 */
export type Quarantined =
  { start: number; end: number } | { experiment: string; run_id: string; problem: string };

export function isQuarantined(layout: Layout, what: Quarantined): boolean {
  return existsSync(recordPath(layout, what));
}

/** Puts damage on record with its evidence; returns false when it already was. */
export function quarantine(layout: Layout, what: Quarantined, at: string): boolean {
  const path = recordPath(layout, what);
  if (existsSync(path)) return false;
  ensureFolder(layout.quarantine);
  const evidence = "start" in what ? { bytes: bytesOf(layout.ledger, what) } : {};
  return createOnce(path, `${JSON.stringify({ at, ...what, ...evidence }, null, 2)}\n`);
}

function recordPath(layout: Layout, what: Quarantined): string {
  if ("start" in what) return join(layout.quarantine, `ledger-${what.start}-${what.end}.json`);
  const problem = createHash("sha256").update(what.problem).digest("hex").slice(0, 12);
  return join(layout.quarantine, `${what.experiment}-${what.run_id}-${problem}.json`);
}

const MAX_EVIDENCE_BYTES = 65_536;

function bytesOf(path: string, { start, end }: { start: number; end: number }): string {
  const buffer = Buffer.alloc(Math.min(end - start, MAX_EVIDENCE_BYTES));
  const fd = openSync(path, "r");
  try {
    const count = readSync(fd, buffer, 0, buffer.length, start);
    return buffer.toString("latin1", 0, count);
  } finally {
    closeSync(fd);
  }
}
