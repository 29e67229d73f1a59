import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import {
  isStorageError,
  removeIfThere,
  storageError,
  syncFolder,
  temporaryPath,
  writeSynced,
} from "./durable.ts";
import { readText } from "./read-text.ts";

/** A file of lines with one writer. A line torn by a crash costs only itself. */
export interface SyncedLines {
  /** All lines, whatever is in them. */
  read(): string[];
  /** In one write; durable on return. Throws LabError when the disk refuses. */
  append(lines: readonly string[]): void;
  /** The file has these lines and no others; durable on return, and all or nothing in a crash. */
  replace(lines: readonly string[]): void;
  close(): void;
}

/** Opens the file at `path`; the first append creates it. */
export function openSyncedLines(path: string): SyncedLines {
  let fd: number | null = null;

  function opened(): number {
    if (fd !== null) return fd;
    const isNew = !existsSync(path);
    fd = openSync(path, "a+");
    if (isNew) syncFolder(dirname(path));
    return fd;
  }

  return {
    read: () => (readText(path) ?? "").split("\n").filter((line) => line !== ""),
    append(lines) {
      if (lines.length === 0) return;
      try {
        const file = opened();
        const text = Buffer.from(`${endsInsideLine(file) ? "\n" : ""}${lines.join("\n")}\n`);
        const written = writeSync(file, text);
        if (written !== text.length) {
          const message = `wrote ${written} of ${text.length} bytes`;
          throw Object.assign(new Error(message), { code: "ENOSPC" });
        }
        fdatasyncSync(file);
      } catch (error) {
        if (isStorageError(error)) throw storageError(error, `appending to ${path}`);
        throw error;
      }
    },
    replace(lines) {
      if (fd !== null) closeSync(fd);
      fd = null;
      const temporary = temporaryPath(path);
      try {
        writeSynced(temporary, lines.map((line) => `${line}\n`).join(""));
        renameSync(temporary, path);
        syncFolder(dirname(path));
      } catch (error) {
        removeIfThere(temporary);
        if (isStorageError(error)) throw storageError(error, `writing ${path}`);
        throw error;
      }
    },
    close() {
      if (fd !== null) closeSync(fd);
      fd = null;
    },
  };
}

function endsInsideLine(fd: number): boolean {
  const { size } = fstatSync(fd);
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  return last.toString() !== "\n";
}
