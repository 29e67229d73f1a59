import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TempDir {
  /** Absolute, with symbolic links resolved. */
  path: string;
  [Symbol.dispose](): void;
}

/** A new empty folder that is removed at the end of the scope: `using dir = tempDir()`. */
export function tempDir(): TempDir {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "labctl-test-")));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
