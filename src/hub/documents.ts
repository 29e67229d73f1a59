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

const SHELF_CHARACTERS = 4 * 1024 * 1024;

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
        const text = await readFile(pathOf(name), "utf8");
        cache.keep(name, text);
        return text;
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
 * Texts in memory. Those that were not used yet are wanted in the order they came, so when they are too
 * many a new one is left out; of the others, which may be wanted once more, the oldest one goes.
 */
function openCache() {
  const fresh = openShelf();
  const used = openShelf();
  return {
    drop(name: string): void {
      fresh.drop(name);
      used.drop(name);
    },
    add(name: string, text: string): void {
      this.drop(name);
      if (fresh.held() + text.length <= SHELF_CHARACTERS) fresh.put(name, text);
    },
    /** `name` was read from its file. */
    keep(name: string, text: string): void {
      this.drop(name);
      if (text.length > SHELF_CHARACTERS) return;
      used.put(name, text);
      for (const oldest of used.texts.keys()) {
        if (used.held() <= SHELF_CHARACTERS) break;
        used.drop(oldest);
      }
    },
    use(name: string): string | null {
      const text = fresh.texts.get(name);
      if (text !== undefined) this.keep(name, text);
      return text ?? used.texts.get(name) ?? null;
    },
  };
}

function openShelf() {
  const texts = new Map<string, string>();
  let held = 0;
  return {
    texts,
    held: () => held,
    put(name: string, text: string): void {
      texts.set(name, text);
      held += text.length;
    },
    drop(name: string): void {
      const text = texts.get(name);
      if (text === undefined) return;
      texts.delete(name);
      held -= text.length;
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
