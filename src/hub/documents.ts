import { mkdirSync, readdirSync } from "node:fs";
import { open, readFile, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../domain/errors.ts";
import { temporaryPath } from "../store/durable.ts";
import { journalFiles } from "./journal/journal-files.ts";

/** Texts by name, a file each, durable before `put` returns; the ones used last also in memory. */
export interface Documents {
  /** Replaces what is there. `name` must be good for a file name. */
  put(name: string, text: string): Promise<void>;
  get(name: string): Promise<string | null>;
  /** One that is gone already is fine. */
  remove(name: string): Promise<void>;
  names(): string[];
}

const CACHE_CHARACTERS = 16 * 1024 * 1024;

export function openDocuments(folder: string): Documents {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const cache = new Map<string, string>();
  let cached = 0;
  const sync = sharedSync(folder);

  function forget(name: string): void {
    const text = cache.get(name);
    if (text === undefined) return;
    cached -= text.length;
    cache.delete(name);
  }

  function remember(name: string, text: string): void {
    forget(name);
    cache.set(name, text);
    cached += text.length;
    for (const oldest of cache.keys()) {
      if (cached <= CACHE_CHARACTERS) break;
      forget(oldest);
    }
  }

  return {
    async put(name, text) {
      const path = join(folder, `${name}.json`);
      const temporary = temporaryPath(path);
      const file = await open(temporary, "wx", 0o600);
      try {
        await file.writeFile(text);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      await sync();
      remember(name, text);
    },
    async get(name) {
      const known = cache.get(name);
      if (known !== undefined) return known;
      try {
        const text = await readFile(join(folder, `${name}.json`), "utf8");
        remember(name, text);
        return text;
      } catch (error) {
        if (systemCode(error) === "ENOENT") return null;
        throw error;
      }
    },
    async remove(name) {
      forget(name);
      try {
        await unlink(join(folder, `${name}.json`));
      } catch (error) {
        if (systemCode(error) !== "ENOENT") throw error;
      }
    },
    names: () =>
      readdirSync(folder).flatMap((name) =>
        name.endsWith(".json") ? [name.slice(0, -".json".length)] : [],
      ),
  };
}

/** Syncs a folder once for all who ask while the last sync runs. */
function sharedSync(folder: string): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const start = (): Promise<void> => {
    next = null;
    running = journalFiles.syncFolder(folder).finally(() => (running = null));
    return running;
  };
  return () => {
    if (running === null) return start();
    // What was renamed after a sync began may not be in it. Its failure is told to those it was for.
    next ??= running.then(start, start);
    return next;
  };
}
