import { mkdirSync, readdirSync, statSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { blobsOf } from "../domain/dispatch/file-tree.ts";
import type { RunPackage, WorkspaceSource } from "../domain/dispatch/run-package.ts";
import type { Processes } from "../ports.ts";
import { removeTree } from "../run/remove-tree.ts";
import { openBlobs } from "../store/blobs.ts";
import { ensureFolder, TEMPORARY_NAME } from "../store/durable.ts";
import { cacheFolders } from "./cache-folders.ts";
import { readTree, workspaceBytes, workspaceName } from "./workspace-cache.ts";

/** Workspaces as blobs and as folders, kept for the next package with the same one. */
export interface BlobCache {
  dir: string;
  /** Makes sure that everything of a package's workspace is here; false when it was. */
  provide(pack: RunPackage, fetch: Fetch): Promise<boolean>;
  /** Removes what was not used for longest until it fits. What `packages` need stays. */
  trim(packages: readonly RunPackage[], limit_bytes: number): void;
}

/** Brings a blob to `path`, complete and checked. */
export type Fetch = (digest: string, path: string) => Promise<void>;

/** At the same time. */
const FETCHES = 4;

/** What a crash left half extracted goes when its process is gone. */
export function openBlobCache(dir: string, processes: Processes): BlobCache {
  const folders = cacheFolders(dir);
  ensureFolder(folders.workspaces);
  for (const name of readdirSync(folders.workspaces)) {
    const pid = TEMPORARY_NAME.exec(name)?.[1];
    if (pid !== undefined && !processes.isRunning(Number(pid))) {
      removeTree(join(folders.workspaces, name));
    }
  }
  const blobs = openBlobs(folders.blobs);
  /** Several attempts may want the same blob at the same moment. */
  const coming = new Map<string, Promise<void>>();

  /** False when it was there. */
  async function have(digest: string, fetch: Fetch): Promise<boolean> {
    const path = blobs.path(digest);
    if (blobs.has(digest)) {
      const now = new Date();
      utimesSync(path, now, now);
      return false;
    }
    let fetching = coming.get(digest);
    if (fetching === undefined) {
      mkdirSync(dirname(path), { recursive: true });
      fetching = fetch(digest, path).finally(() => coming.delete(digest));
      coming.set(digest, fetching);
    }
    await fetching;
    return true;
  }

  function digestsOf(source: WorkspaceSource): string[] {
    if (source.kind === "git" || !blobs.has(source.digest)) return [source.digest];
    return [source.digest, ...blobsOf(readTree(blobs, source.digest)).keys()];
  }

  return {
    dir,
    async provide({ workspace }, fetch) {
      if (workspace === null) return false;
      let isNew = await have(workspace.digest, fetch);
      const left = digestsOf(workspace);
      const next = async (): Promise<void> => {
        for (let digest = left.pop(); digest !== undefined; digest = left.pop()) {
          if (await have(digest, fetch)) isNew = true;
        }
      };
      await Promise.all(Array.from({ length: FETCHES }, next));
      return isNew;
    },
    trim(packages, limit_bytes) {
      const sources = packages.flatMap(({ workspace }) => workspace ?? []);
      const needed = new Set(sources.flatMap(digestsOf));
      const names = sources.map(workspaceName);
      const items = [
        ...blobItems(),
        ...workspaceItems(folders.workspaces, (found) =>
          names.some((name) => found.startsWith(`${name}-`)),
        ),
      ];
      let bytes = items.reduce((sum, item) => sum + item.bytes, 0);
      for (const item of items.sort((a, b) => a.used_ms - b.used_ms)) {
        if (bytes <= limit_bytes) return;
        if (item.isNeeded) continue;
        removeTree(item.path);
        bytes -= item.bytes;
      }

      function* blobItems(): Generator<Item> {
        for (const { digest, bytes: size, changed_ms } of blobs.list()) {
          const isNeeded = needed.has(digest) || coming.has(digest);
          yield { path: blobs.path(digest), bytes: size, used_ms: changed_ms, isNeeded };
        }
      }
    },
  };
}

interface Item {
  path: string;
  bytes: number;
  used_ms: number;
  isNeeded: boolean;
}

function* workspaceItems(folder: string, isNeeded: (name: string) => boolean): Generator<Item> {
  for (const name of readdirSync(folder)) {
    if (TEMPORARY_NAME.test(name)) continue;
    const path = join(folder, name);
    const used = statSync(join(path, "state"), { throwIfNoEntry: false });
    const bytes = workspaceBytes(path);
    yield { path, bytes, used_ms: used?.mtimeMs ?? 0, isNeeded: isNeeded(name) };
  }
}
