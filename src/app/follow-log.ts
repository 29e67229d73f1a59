import { closeSync, fstatSync, readSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import { openRegular } from "../run/read-bounded.ts";
import { readBundle } from "../store/bundles.ts";
import { isQueued } from "../store/is-queued.ts";
import { leaseState } from "../store/leases.ts";
import type { Session } from "./session.ts";
import type { FoundRun } from "./show.ts";

export type LogStream = "stdout" | "stderr";

/** How much of a log is in memory at once. */
const CHUNK_BYTES = 1 << 16;
const POLL_MS = 100;

/** The bytes of one of a run's logs from `offset` on, at most `limit`; null when there is no log. */
export function readLog(
  run: Pick<FoundRun, "dir">,
  stream: LogStream,
  offset: number,
  limit: number,
): { bytes: Uint8Array; size: number } | null {
  const fd = openRegular(join(run.dir, `${stream}.log`));
  if (fd === null) return null;
  try {
    const { size } = fstatSync(fd);
    const buffer = new Uint8Array(Math.max(0, Math.min(limit, size - offset)));
    return { bytes: buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, offset)), size };
  } finally {
    closeSync(fd);
  }
}

/**
 * One of a run's logs as text, in pieces that fit in memory; bytes that are not UTF-8 are replaced.
 * With `follow`, goes on with what the run adds until it is sealed, its owner is gone, or `stopped`
 * says so. Throws `not-found` when a run that has ended has no such log.
 */
export async function* logText(
  session: Session,
  run: FoundRun,
  stream: LogStream,
  { follow, stopped }: { follow: boolean; stopped: () => boolean },
): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let offset = 0;
  for (;;) {
    // Asked before reading: what is written before the end is then read after it.
    const ended = !follow || !isGrowing(session, run);
    for (;;) {
      const part = readLog(run, stream, offset, CHUNK_BYTES);
      if (part === null && ended && run.bundle.kind !== "unfinished") throw noLog(run, stream);
      if (part === null) break;
      // A log over its limit is cut while it is written; what follows the cut is still to come.
      offset = Math.min(offset, part.size) + part.bytes.length;
      const text = decoder.decode(part.bytes, { stream: true });
      if (text !== "") yield text;
      if (stopped()) return;
      if (part.bytes.length < CHUNK_BYTES) break;
    }
    if (ended) break;
    await Bun.sleep(POLL_MS);
    if (stopped()) return;
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}

/** Whether the run is under way, with a live owner, or a queue, that will have it sealed. */
function isGrowing({ store, lab }: Session, { dir, experiment }: FoundRun): boolean {
  const bundle = readBundle(dir, { check: false });
  if (bundle.kind !== "unfinished" && bundle.kind !== "measured") return false;
  const dispatched = bundle.manifest?.dispatch_id;
  if (dispatched !== undefined) return isQueued(store.layout, dispatched);
  return leaseState({ locks: store.layout.locks, ...lab }, experiment).kind === "held";
}

function noLog({ run_id, dir }: FoundRun, stream: LogStream): LabError {
  return new LabError("not-found", `${run_id} has no ${stream}.log`, {
    hint: `see what it left in ${dir}`,
  });
}
