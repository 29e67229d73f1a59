import { close, fdatasync, fsync, open, unlink, write } from "node:fs";
import { promisify } from "node:util";

/** The file calls of a journal. None of them holds up the event loop: a sync may take a second. */
export interface JournalFiles {
  /** A new file; EEXIST when the name is taken. */
  create(path: string): Promise<number>;
  append(fd: number, bytes: Buffer): Promise<void>;
  sync(fd: number): Promise<void>;
  close(fd: number): Promise<void>;
  syncFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
}

const calls = {
  open: promisify(open),
  close: promisify(close),
  fdatasync: promisify(fdatasync),
  fsync: promisify(fsync),
  unlink: promisify(unlink),
};

export const journalFiles: JournalFiles = {
  create: (path) => calls.open(path, "wx", 0o600),
  async append(fd, bytes) {
    let done = 0;
    while (done < bytes.length) done += await writeSome(fd, bytes.subarray(done));
  },
  sync: calls.fdatasync,
  close: calls.close,
  async syncFolder(path) {
    if (process.platform === "win32") return;
    const fd = await calls.open(path, "r");
    try {
      await calls.fsync(fd);
    } finally {
      await calls.close(fd);
    }
  },
  remove: calls.unlink,
};

function writeSome(fd: number, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.length, null, (error, count) =>
      error === null ? resolve(count) : reject(error),
    );
  });
}
