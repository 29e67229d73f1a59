import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AttemptResult } from "../../src/domain/dispatch/attempt.ts";
import type { FileTree } from "../../src/domain/dispatch/file-tree.ts";
import type { ClaimRequest } from "../../src/domain/dispatch/protocol.ts";
import type { RunPackage } from "../../src/domain/dispatch/run-package.ts";
import { openHubFetch } from "../../src/net/pinned-fetch.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { openBlobs } from "../../src/store/blobs.ts";
import { layoutOf } from "../../src/store/layout.ts";
import { addPackage } from "../../src/store/package-queue.ts";
import { createFolderTransport } from "../../src/worker/folder-transport.ts";
import { createHttpTransport } from "../../src/worker/http-transport.ts";
import type { Transport } from "../../src/worker/transport.ts";
import { hello } from "../helpers/queue-hub.ts";
import { tempDir } from "../helpers/temp.ts";
import { messageOf, processes } from "../run/request.ts";
import { packageWith } from "./sample-package.ts";
import { wholeHub } from "./whole-hub.ts";

/** A queue, and how several workers reach it. */
interface Scene extends AsyncDisposable {
  add(pack: RunPackage): Promise<void>;
  /** A worker that has joined under that name. */
  worker(name: string): Promise<Transport>;
  blob(digest: string): string;
  /** What was logged of an attempt. */
  log(pack: RunPackage): string;
  /** Nobody can reach it any more. */
  cut(): Promise<void>;
  /** For what a worker has of its own. */
  dir: string;
}

async function hubScene(): Promise<Scene> {
  const temp = tempDir();
  const hub = await wholeHub();
  return {
    dir: temp.path,
    async add(pack) {
      const run = join(hub.root, "experiments", pack.experiment, "runs", pack.run.id);
      mkdirSync(run, { recursive: true });
      expect(await hub.submit(pack)).toBe(201);
    },
    async worker(name) {
      const { token } = hub.tokens.issue({ scope: "join" });
      const fetch = openHubFetch({ url: hub.server.url, pin: null });
      const transport = createHttpTransport({ fetch, token });
      transport.setToken((await transport.join(hello(name))).token);
      return transport;
    },
    blob: (digest) => hub.blobs.path(digest),
    log(pack) {
      const run = join(hub.root, "experiments", pack.experiment, "runs", pack.run.id);
      return readFileSync(join(run, "stdout.log"), "utf8");
    },
    async cut() {
      await hub.server.stop();
    },
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      temp[Symbol.dispose]();
    },
  };
}

async function folderScene(): Promise<Scene> {
  const temp = tempDir();
  const root = join(temp.path, "shared");
  const layout = layoutOf(root);
  mkdirSync(layout.packages, { recursive: true });
  return {
    dir: temp.path,
    async add(pack) {
      addPackage(layout.packages, pack);
    },
    async worker(name) {
      const transport = createFolderTransport({
        root,
        clock: systemClock,
        processes,
        version: "0",
      });
      await transport.join(hello(name));
      return transport;
    },
    blob: (digest) => openBlobs(layout.blobs).path(digest),
    log: (pack) =>
      readFileSync(join(layout.packages, pack.id, "attempts", "000001", "stdout.log"), "utf8"),
    async cut() {
      renameSync(root, `${root}-elsewhere`);
    },
    async [Symbol.asyncDispose]() {
      temp[Symbol.dispose]();
    },
  };
}

const never = new AbortController().signal;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function claimOf(key: string, more: Partial<ClaimRequest> = {}): ClaimRequest {
  return { key, slots: 1, gpus: 0, wait_s: 0, time_left_s: null, only: null, ...more };
}

function fileTree(digest: string, size: number): FileTree {
  return {
    schema_version: 1,
    entries: [{ kind: "file", path: "stdout.log", bytes: size, sha256: digest }],
  };
}

function resultOf(pack: RunPackage, epoch: number, files: FileTree): AttemptResult {
  return {
    schema_version: 1,
    package: pack.id,
    epoch,
    worker: "one",
    host: "h",
    started_at: "2026-11-27T12:00:00.000Z",
    ended_at: "2026-11-27T12:00:01.000Z",
    report: { outcome: "success", value: 1 },
    files,
  };
}

describe.each([
  ["over HTTP", hubScene],
  ["through a folder", folderScene],
])("Transport %s", (_, open) => {
  test("gives a package to one worker only, as it was handed in", async () => {
    await using at = await open();
    const [one, two] = [await at.worker("one"), await at.worker("two")];
    expect(await one.claim(claimOf("key-00000001"), never)).toEqual([]);
    const pack = packageWith({}, { params: { x: 1, größe: "☃" } });
    await at.add(pack);
    const leases = await Promise.all([
      one.claim(claimOf("key-00000002"), never),
      two.claim(claimOf("key-00000003"), never),
    ]);
    expect(leases.flat()).toMatchObject([{ attempt: `${pack.id}.1`, epoch: 1, pack }]);
  });

  test("waits for a package, and no longer than it is told or wanted", async () => {
    await using at = await open();
    const one = await at.worker("one");
    const pack = packageWith();
    const waiting = one.claim(claimOf("key-00000001", { wait_s: 30 }), never);
    await at.add(pack);
    expect((await waiting).map(({ attempt }) => attempt)).toEqual([`${pack.id}.1`]);
    const stop = new AbortController();
    const cut = one.claim(claimOf("key-00000002", { wait_s: 30 }), stop.signal).catch(() => []);
    stop.abort();
    expect(await cut).toEqual([]);
  });

  test("gives nothing that has no room, no time or no label", async () => {
    await using at = await open();
    const one = await at.worker("one");
    await at.add(packageWith({}, { needs: { gpus: 1, labels: [] } }));
    await at.add(packageWith({}, { needs: { gpus: 0, labels: ["large"] } }));
    await at.add(packageWith({}, { timeout_ms: 60_000 }));
    const short = claimOf("key-00000001", { slots: 9, time_left_s: 59 });
    expect(await one.claim(short, never)).toEqual([]);
    expect(await one.claim(claimOf("key-00000002", { slots: 0 }), never)).toEqual([]);
    const only = claimOf("key-00000003", { slots: 9, time_left_s: 61 });
    expect(await one.claim(only, never)).toHaveLength(1);
    const gpu = claimOf("key-00000004", { slots: 9, gpus: 1 });
    expect(await one.claim(gpu, never)).toHaveLength(1);
  });

  test("says of each attempt whether it is still wanted", async () => {
    await using at = await open();
    const one = await at.worker("one");
    const pack = packageWith();
    await at.add(pack);
    await one.claim(claimOf("key-00000001"), never);
    const attempts = [`${pack.id}.1`, `${packageWith().id}.1`].map((attempt) => ({ attempt }));
    const reply = await one.heartbeat({ attempts, draining: false });
    expect(reply.attempts.map(({ status }) => status)).toEqual(["ok", "gone"]);
    expect(reply.worker).toBe("none");
  });

  test("takes logs by offset: again changes nothing, and a gap is not written", async () => {
    await using at = await open();
    const one = await at.worker("one");
    const pack = packageWith();
    await at.add(pack);
    await one.claim(claimOf("key-00000001"), never);
    const log = (offset: number, text: string) =>
      one.log(`${pack.id}.1`, "stdout", offset, bytes(text));
    expect(await log(0, "hello ")).toEqual({ offset: 6 });
    expect(await log(0, "hello ")).toEqual({ offset: 6 });
    expect(await log(9, "gap")).toEqual({ offset: 6 });
    expect(await log(3, "lo world\n")).toEqual({ offset: 12 });
    expect(at.log(pack)).toBe("hello world\n");
  });

  test.each([100, 8 * 1024 * 1024 + 1, 20 * 1024 * 1024])(
    "brings %d bytes there and back, checked",
    async (size) => {
      await using at = await open();
      const one = await at.worker("one");
      const own = openBlobs(join(at.dir, "own"));
      const content = new Uint8Array(size);
      for (let i = 0; i < size; i += 997) content[i] = i % 251;
      const { digest } = own.addBytes(content);
      expect(await one.missing([digest])).toEqual([digest]);
      await one.putBlob(digest, own.path(digest));
      await one.putBlob(digest, own.path(digest));
      expect(await one.missing([digest])).toEqual([]);
      expect(Bun.hash(readFileSync(at.blob(digest)))).toBe(Bun.hash(content));
      const back = join(at.dir, "back", "blob");
      mkdirSync(dirname(back));
      await one.getBlob(digest, back);
      expect(Bun.hash(readFileSync(back))).toBe(Bun.hash(content));
    },
  );

  test("leaves nothing of a blob that is not what it should be", async () => {
    await using at = await open();
    const one = await at.worker("one");
    const own = openBlobs(join(at.dir, "own"));
    const { digest } = own.addBytes(bytes("right"));
    writeFileSync(own.path(digest), "wrong");
    expect(await messageOf(one.putBlob(digest, own.path(digest)))).not.toBe("");
    expect(await one.missing([digest])).toEqual([digest]);
    mkdirSync(dirname(at.blob(digest)), { recursive: true });
    writeFileSync(at.blob(digest), "wrong");
    const back = join(at.dir, "back");
    expect(await messageOf(one.getBlob(digest, back))).not.toBe("");
    expect(existsSync(back)).toBeFalse();
  });

  test("seals the first result, again the same, once its blobs are there", async () => {
    await using at = await open();
    const one = await at.worker("one");
    const pack = packageWith();
    await at.add(pack);
    await one.claim(claimOf("key-00000001"), never);
    const own = openBlobs(join(at.dir, "own"));
    const { digest } = own.addBytes(bytes("output"));
    const result = resultOf(pack, 1, fileTree(digest, 6));
    const complete = () =>
      one.complete(`${pack.id}.1`, { key: "key-of-result", class: null, result });
    expect(await complete()).toEqual({ status: "missing", blobs: [digest] });
    await one.putBlob(digest, own.path(digest));
    expect(await complete()).toEqual({ status: "sealed" });
    expect(await complete()).toEqual({ status: "sealed" });
    const unknown = packageWith();
    const other = resultOf(unknown, 1, { schema_version: 1, entries: [] });
    const reply = await one.complete(`${unknown.id}.1`, {
      key: "key-other",
      class: null,
      result: other,
    });
    expect(reply.status).toBe("stale");
  });

  test("takes an attempt back, however often that is said", async () => {
    await using at = await open();
    const one = await at.worker("one");
    const pack = packageWith();
    await at.add(pack);
    await one.claim(claimOf("key-00000001"), never);
    const release = { class: "preempted" as const, reason: "the node is wanted" };
    await one.release(`${pack.id}.1`, release);
    await one.release(`${pack.id}.1`, release);
    const two = await at.worker("two");
    const again = await two.claim(claimOf("key-00000002", { wait_s: 20 }), never);
    expect(again.map(({ attempt }) => attempt)).toEqual([`${pack.id}.2`]);
    // Whoever finishes first is right; the other is told.
    const none: FileTree = { schema_version: 1, entries: [] };
    const complete = (transport: Transport, epoch: number) =>
      transport.complete(`${pack.id}.${epoch}`, {
        key: `key-of-epoch-${epoch}`,
        class: null,
        result: resultOf(pack, epoch, none),
      });
    expect(await complete(two, 2)).toEqual({ status: "sealed" });
    expect((await complete(one, 1)).status).toMatch(/superseded|stale/);
  });

  test("is to be tried later when nobody is there", async () => {
    await using at = await open();
    const one = await at.worker("one");
    await at.cut();
    const asked = one.heartbeat({ attempts: [], draining: false });
    expect(await asked.catch((error: unknown) => error)).toMatchObject({ code: "try-later" });
  });
});

describe("Transport over HTTP", () => {
  test("gives the same leases for the same key, and goes on with a download", async () => {
    await using at = await hubScene();
    const one = await at.worker("one");
    const pack = packageWith();
    await at.add(pack);
    const first = await one.claim(claimOf("key-00000001"), never);
    expect(await one.claim(claimOf("key-00000001", { slots: 0 }), never)).toEqual(first);
    const own = openBlobs(join(at.dir, "own"));
    const content = new Uint8Array(100_000).map((_, i) => i % 253);
    const { digest } = own.addBytes(content);
    await one.putBlob(digest, own.path(digest));
    const back = join(at.dir, "back");
    // What an earlier try left, of which the rest is asked for; and what is too much already.
    for (const have of [content.subarray(0, 60_000), content]) {
      writeFileSync(`${back}.part`, have);
      await one.getBlob(digest, back);
      expect(Bun.hash(readFileSync(back))).toBe(Bun.hash(content));
    }
    writeFileSync(`${back}.part`, "wrong from the beginning");
    expect(await messageOf(one.getBlob(digest, join(at.dir, "back")))).toContain("something else");
    await one.getBlob(digest, back);
  });
});
