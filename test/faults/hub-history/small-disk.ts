import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { systemCode } from "../../../src/domain/errors.ts";

/** A file system of its own for a spool, small enough to be filled up. */
export interface SmallDisk {
  path: string;
  fill(): void;
  empty(): void;
  unmount(): void;
}

/** A tmpfs of 48 MiB; null where this process may not mount one. */
export function smallDisk(path: string): SmallDisk | null {
  mkdirSync(path, { recursive: true });
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=48m", "none", path]);
  if (!mounted.success) return null;
  const ballast = join(path, "ballast");
  return {
    path,
    fill() {
      const file = openSync(ballast, "a");
      try {
        for (const bytes of [1 << 20, 4096, 1]) writeUntilFull(file, Buffer.alloc(bytes));
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    unmount: () => void Bun.spawnSync(["umount", "--lazy", path]),
  };
}

function writeUntilFull(file: number, bytes: Buffer): void {
  try {
    for (;;) writeSync(file, bytes);
  } catch (error) {
    if (systemCode(error) !== "ENOSPC") throw error;
  }
}
