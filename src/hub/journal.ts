import { LabError } from "../domain/errors.ts";
import { storageError } from "../store/durable.ts";
import { journalFiles, type JournalFiles } from "./journal/journal-files.ts";
import { formatEntry, JOURNAL_VERSION } from "./journal/line.ts";
import { segmentPath, segmentsIn } from "./journal/segments.ts";
import type { HubEvent } from "./queue/events.ts";

/**
 * The hub's memory on disk, `registry/hub/journal-<n>.jsonl`:
 *
 *     no segment --roll--> open --64 MiB, or a failed write or sync--> no segment
 *
 * A roll begins a new file with a snapshot of the whole queue and, once that is on the disk, deletes
 * the older ones: neither replay nor space grows with the weeks. What arrives while a sync runs is
 * written and synced together afterwards (group commit). A file whose sync failed is never used
 * again: the kernel may have dropped what it could not write, and says so only once.
 */
export interface Journal {
  append(event: HubEvent, seq: number): void;
  /** Resolves when everything appended so far is durable. Throws LabError `try-later` when it is not. */
  committed: () => Promise<void>;
  close(): Promise<void>;
}

export interface JournalOptions {
  folder: string;
  /** The queue now, as events; it includes every event appended so far. */
  snapshot(): Iterable<HubEvent>;
  seq(): number;
  warn: (message: string) => void;
  segment_bytes?: number;
  files?: JournalFiles;
}

export const SEGMENT_BYTES = 64 * 1024 * 1024;
/** After a failed roll the disk is left alone for so long; requests are refused meanwhile. */
const RETRY_AFTER_MS = 500;
const WRITE_BYTES = 1 << 20;
/**
 * With this many lines at once there is a crowd, whose next lines are worth waiting for: a sync costs
 * as much processor time as several requests.
 */
const BUSY_LINES = 8;
const SPACING_MS = 3;

/** Begins a new segment in `folder`, so what was replayed from older ones is in it. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { folder, files = journalFiles, segment_bytes = SEGMENT_BYTES } = options;
  let fd: number | null = null;
  let size = 0;
  let limit = segment_bytes;
  let lines: string[] = [];
  let next = Promise.withResolvers<void>();
  let running: Promise<void> | null = null;
  let closed = false;
  /** Who is told when the batch is durable that is written now; a roll takes further ones in. */
  let waiting: PromiseWithResolvers<void>[] = [];
  let failed: { error: unknown; until_ms: number } | null = null;

  async function roll(): Promise<void> {
    if (fd !== null) await closeQuietly(fd);
    fd = null;
    const older = segmentsIn(folder);
    const path = segmentPath(folder, (older.at(-1)?.number ?? 0) + 1);
    // Taken in one go: what is appended from here on comes after it.
    const seq = options.seq();
    lines = [];
    waiting.push(next);
    next = Promise.withResolvers<void>();
    const content = [...options.snapshot()].map((event) => formatEntry(event, seq));
    const v = JOURNAL_VERSION;
    content.unshift(formatEntry({ t: "snapshot", v, lines: content.length }, seq));
    content.push(formatEntry({ t: "snapshot-end" }, seq));
    const created = await files.create(path);
    try {
      size = await appendAll(created, content);
      await files.sync(created);
      await files.syncFolder(folder);
    } catch (error) {
      // Nobody was told of anything in it; on a full disk it would be one more file a try.
      await closeQuietly(created);
      await removeQuietly(path);
      throw error;
    }
    fd = created;
    // A queue of many packages is a long snapshot: what follows it may be as long.
    limit = Math.max(segment_bytes, 2 * size);
    for (const segment of older) await removeQuietly(segment.path);
  }

  async function appendAll(to: number, content: readonly string[]): Promise<number> {
    let written = 0;
    let piece: string[] = [];
    let length = 0;
    for (const [index, line] of content.entries()) {
      piece.push(line);
      length += line.length;
      if (length < WRITE_BYTES && index < content.length - 1) continue;
      const bytes = Buffer.from(piece.join(""));
      await files.append(to, bytes);
      written += bytes.length;
      piece = [];
      length = 0;
    }
    return written;
  }

  async function closeQuietly(which: number): Promise<void> {
    await files.close(which).catch((error: unknown) => options.warn(String(error)));
  }

  async function removeQuietly(path: string): Promise<void> {
    await files.remove(path).catch((error: unknown) => options.warn(String(error)));
  }

  async function writeBatch(): Promise<void> {
    if (fd !== null && size < limit) {
      const batch = lines;
      lines = [];
      try {
        size += await appendAll(fd, batch);
        await files.sync(fd);
        return;
      } catch (error) {
        options.warn(
          `${storageError(error, "writing the hub's journal").message}; a new file is begun`,
        );
      }
    }
    await roll();
  }

  /** One batch, and all who wait for it. */
  async function commitOnce(): Promise<void> {
    waiting.push(next);
    next = Promise.withResolvers<void>();
    try {
      if (failed !== null && performance.now() < failed.until_ms) throw failed.error;
      await writeBatch();
      failed = null;
      for (const { resolve } of waiting) resolve();
    } catch (error) {
      lines = [];
      if (failed?.error !== error) failed = { error, until_ms: performance.now() + RETRY_AFTER_MS };
      for (const { promise, reject } of waiting) {
        // Perhaps nobody waits for it.
        promise.catch(() => {});
        reject(storageError(error, "writing the hub's journal"));
      }
    } finally {
      waiting = [];
    }
  }

  async function run(): Promise<void> {
    // First whatever else the event loop has in hand: it belongs to the same batch.
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (;;) {
      const count = lines.length;
      const started = performance.now();
      await commitOnce();
      if (lines.length === 0) break;
      const rest_ms = SPACING_MS - (performance.now() - started);
      if (count >= BUSY_LINES && rest_ms > 0) await Bun.sleep(rest_ms);
    }
    running = null;
  }

  await roll();
  waiting = [];
  return {
    append(event, seq) {
      if (closed) return;
      lines.push(formatEntry(event, seq));
      running ??= run();
    },
    committed() {
      if (closed) return Promise.reject(hubEnded());
      if (lines.length === 0 && failed === null) {
        return waiting.at(-1)?.promise ?? Promise.resolve();
      }
      const { promise } = next;
      running ??= run();
      return promise;
    },
    async close() {
      await running;
      // Another hub may begin now: what comes late must not make a file beside its own.
      closed = true;
      if (fd !== null) await files.close(fd);
      fd = null;
    },
  };
}

function hubEnded(): LabError {
  return new LabError("try-later", "the hub has ended", { hint: "start it again: `labctl serve`" });
}
