import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { RunPackage } from "../../src/domain/dispatch/run-package.ts";
import { openBlobs } from "../../src/store/blobs.ts";
import { openBlobCache } from "../../src/worker/blob-cache.ts";
import { cacheFolders } from "../../src/worker/cache-folders.ts";
import { sharedWorkspace } from "../../src/worker/workspace-cache.ts";
import { tempDir } from "../helpers/temp.ts";
import { processes, writeFiles } from "../run/request.ts";
import { packageWith, treeSource } from "./sample-package.ts";

/** A hub's blobs and a worker's cache, and packages whose workspaces are of some size. */
function scene(dir: string) {
  const hub = openBlobs(join(dir, "hub"));
  const cache = openBlobCache(join(dir, "cache"), processes);
  const folders = cacheFolders(cache.dir);
  const fetched: string[] = [];
  return {
    cache,
    folders,
    own: openBlobs(folders.blobs),
    fetched,
    pack(name: string, bytes = 200_000): RunPackage {
      const workspace = join(dir, name);
      writeFiles(workspace, { "a.txt": name.repeat(bytes), "b.txt": `${name} is small` });
      return packageWith({}, { workspace: treeSource(workspace, hub) });
    },
    async provide(pack: RunPackage) {
      await cache.provide(pack, async (digest, path) => {
        fetched.push(digest);
        await Bun.sleep(1);
        copyFileSync(hub.path(digest), path);
      });
    },
  };
}

describe("openBlobCache()", () => {
  test("fetches each blob once, also for several packages at the same moment", async () => {
    using temp = tempDir();
    const at = scene(temp.path);
    const pack = at.pack("x");
    await Promise.all([at.provide(pack), at.provide({ ...pack }), at.provide({ ...pack })]);
    await at.provide(pack);
    expect(at.fetched).toHaveLength(3);
    expect(new Set(at.fetched).size).toBe(3);
  });

  test("removes what was not used for longest, and nothing that is in use", async () => {
    using temp = tempDir();
    const at = scene(temp.path);
    const [old, used, needed] = [at.pack("o"), at.pack("u"), at.pack("n")];
    for (const pack of [needed, old, used]) await at.provide(pack);
    const source = old.workspace;
    if (source === null) throw new Error("no workspace");
    await sharedWorkspace(source, at.folders.workspaces, at.own);
    // All are long ago; only one of them was used again.
    const longAgo = new Date(Date.now() - 1e6);
    for (const { digest } of at.own.list()) utimesSync(at.own.path(digest), longAgo, longAgo);
    for (const name of readdirSync(at.folders.workspaces)) {
      utimesSync(join(at.folders.workspaces, name, "state"), longAgo, longAgo);
    }
    await at.provide(used);
    at.cache.trim([needed], 450_000);
    const has = (pack: RunPackage): boolean => at.own.has(pack.workspace?.digest ?? "");
    expect([has(old), has(used), has(needed)]).toEqual([false, true, true]);
    expect(readdirSync(at.folders.workspaces)).toEqual([]);
    at.cache.trim([needed], 0);
    expect([has(used), has(needed)]).toEqual([false, true]);
  });

  test("removes what a crash left half extracted, and leaves what somebody extracts now", () => {
    using temp = tempDir();
    const { workspaces } = cacheFolders(join(temp.path, "cache"));
    const dead = Bun.spawnSync(["true"]).pid;
    const [gone, busy] = [`.tmp-${dead}-1-abc`, `.tmp-${process.pid}-1-abc`];
    for (const name of [gone, busy]) mkdirSync(join(workspaces, name), { recursive: true });
    const at = scene(temp.path);
    at.cache.trim([], 0);
    expect(existsSync(join(workspaces, gone))).toBeFalse();
    expect(existsSync(join(workspaces, busy))).toBeTrue();
  });
});
