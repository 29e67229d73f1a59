import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { ensureFolder, removeIfThere } from "../../store/durable.ts";
import { SEAL_NAME } from "../../store/seal.ts";
import { refused } from "../refuse.ts";

export const LOG_STREAMS = ["stdout", "stderr"] as const;
export type LogStream = (typeof LOG_STREAMS)[number];

/** Of one log. Workers bound what a run may print; the log that is kept comes with the result. */
export const MAX_LOG_BYTES = 64 * 1024 * 1024;

/**
 * What runs elsewhere print, while they do, in the place where the log of a run of this machine would
 * grow. The logs of a sealed run came with its result: nothing here touches them. These are for
 * whoever watches, so they are not synced.
 */
export interface LiveLogs {
  /**
   * Appends what is new of `bytes`, which begin at `offset`. Returns where the log ends then; with
   * `isGap`, nothing was written, because bytes before `offset` are missing. The first call of an
   * attempt removes what an earlier one had written. Throws a refusal once the run is sealed.
   */
  append(
    to: { attempt: string; dir: string; stream: LogStream },
    offset: number,
    bytes: Uint8Array,
  ): { offset: number; isGap: boolean };
}

export interface LiveLogsOptions {
  /** Of this module alone: whose log is in the run's folder, one empty file an attempt. */
  folder: string;
  /** Whether the queue still knows an attempt. */
  isKnown: (attempt: string) => boolean;
  max_bytes?: number;
}

export function openLiveLogs({
  folder,
  isKnown,
  max_bytes = MAX_LOG_BYTES,
}: LiveLogsOptions): LiveLogs {
  ensureFolder(folder);
  for (const attempt of readdirSync(folder)) {
    if (!isKnown(attempt)) rmSync(join(folder, attempt), { recursive: true, force: true });
  }
  const begun = new Set<string>();

  function begin(attempt: string, dir: string): void {
    if (begun.has(attempt)) return;
    if (begun.size >= MOST_REMEMBERED) begun.clear();
    const mark = join(folder, attempt);
    if (!existsSync(mark)) {
      for (const stream of LOG_STREAMS) removeIfThere(join(dir, `${stream}.log`));
      writeFileSync(mark, "");
    }
    begun.add(attempt);
  }

  return {
    append({ attempt, dir, stream }, offset, bytes) {
      if (!isOpenRun(dir)) throw over();
      begin(attempt, dir);
      const path = join(dir, `${stream}.log`);
      const size = sizeOf(path);
      if (offset > size) return { offset: size, isGap: true };
      const fresh = bytes.subarray(size - offset);
      if (size + fresh.length > max_bytes) {
        throw refused(413, "usage", `the log has more than ${max_bytes} bytes`, {
          hint: "send no more of it: all of it comes with the result",
        });
      }
      if (fresh.length > 0) appendTo(path, fresh);
      return { offset: size + fresh.length, isGap: false };
    },
  };
}

/** Beyond that it is looked up again. */
const MOST_REMEMBERED = 10_000;

function isOpenRun(dir: string): boolean {
  const folder = lstatSync(dir, { throwIfNoEntry: false });
  return folder?.isDirectory() === true && !existsSync(join(dir, SEAL_NAME));
}

/** Whatever an executor left under the name of a log, it is not written through. */
function appendTo(path: string, bytes: Uint8Array): void {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o666);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
  } finally {
    closeSync(fd);
  }
}

function sizeOf(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isFile()) throw over();
  return found.size;
}

function over(): Error {
  return refused(409, "stale-ticket", "the run is over, or its folder is gone", {
    hint: "send no more of its log",
  });
}
