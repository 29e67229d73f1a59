import { mkdirSync, readdirSync } from "node:fs";
import { open, readFile, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../domain/errors.ts";
import { removeIfThere, TEMPORARY_NAME, temporaryPath } from "../store/durable.ts";
import { journalFiles } from "./journal/journal-files.ts";

/** Texts by name, a file each, durable before `put` returns; some of them also in memory. */
export interface Documents {
  /** Replaces what is there. `name` must be good for a file name. */
  put(name: string, text: string): Promise<void>;
  get(name: string): Promise<string | null>;
  /** One that is gone already is fine. */
  remove(name: string): Promise<void>;
  names(): string[];
}

const CACHE_CHARACTERS = 8 * 1024 * 1024;

export function openDocuments(folder: string): Documents {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Of a hub that was killed while it wrote.
  for (const name of readdirSync(folder)) {
    if (TEMPORARY_NAME.test(name)) removeIfThere(join(folder, name));
  }
  const cache = openCache();
  const sync = sharedSync(folder);
  const pathOf = (name: string): string => `${folder}/${name}.json`;

  return {
    async put(name, text) {
      const path = pathOf(name);
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
      cache.add(name, text);
    },
    async get(name) {
      const known = cache.use(name);
      if (known !== null) return known;
      try {
        return await readFile(pathOf(name), "utf8");
      } catch (error) {
        if (systemCode(error) === "ENOENT") return null;
        throw error;
      }
    },
    async remove(name) {
      cache.drop(name);
      try {
        await unlink(pathOf(name));
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

/**
 * Texts in memory. They are wanted in the order they came, so when it is full a new one is left out;
 * those that were used already make room first.
 */
function openCache() {
  const fresh = new Map<string, string>();
  const used = new Map<string, string>();
  let held = 0;

  function drop(name: string): void {
    held -= (fresh.get(name) ?? used.get(name) ?? "").length;
    fresh.delete(name);
    used.delete(name);
  }

  return {
    drop,
    add(name: string, text: string): void {
      drop(name);
      for (const oldest of used.keys()) {
        if (held + text.length <= CACHE_CHARACTERS) break;
        drop(oldest);
      }
      if (held + text.length > CACHE_CHARACTERS) return;
      fresh.set(name, text);
      held += text.length;
    },
    use(name: string): string | null {
      const text = fresh.get(name);
      if (text === undefined) return used.get(name) ?? null;
      fresh.delete(name);
      used.set(name, text);
      return text;
    },
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
