import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import * as v from "valibot";
import { BLOB_LIMITS, type BlobLimits } from "../../src/hub/blobs/space.ts";
import { openUploads, type Uploads } from "../../src/hub/blobs/uploads.ts";
import { blobRoutes } from "../../src/hub/routes/blobs.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { openTokens } from "../../src/hub/tokens.ts";
import { systemRandom } from "../../src/platform/random.ts";
import { openBlobs, type Blobs } from "../../src/store/blobs.ts";
import { layoutOf } from "../../src/store/layout.ts";
import { testHub, type TestHub } from "../helpers/hub-server.ts";
import { testLab } from "../helpers/lab.ts";
import { served, type Served } from "../helpers/served.ts";
import { tempDir } from "../helpers/temp.ts";

interface BlobHub extends TestHub {
  blobs: Blobs;
  uploads: Uploads;
  dir: string;
}

const ATTEMPT = "DISPATCH-20261123-181037-000000-my_exp.1";

function blobHub(limits: Partial<BlobLimits> = {}): BlobHub {
  const dir = tempDir();
  const blobs = openBlobs(join(dir.path, "blobs"));
  const uploads = openUploads(join(dir.path, "uploads"), blobs, { clock: systemClock });
  const attempt = (name: string): object | null => (name === ATTEMPT ? {} : null);
  const options = { blobs, uploads, attempt, limits: { ...BLOB_LIMITS, ...limits } };
  const hub = testHub(blobRoutes(options));
  const dispose = hub[Symbol.asyncDispose].bind(hub);
  return Object.assign(hub, {
    blobs,
    uploads,
    dir: dir.path,
    async [Symbol.asyncDispose]() {
      await dispose();
      dir[Symbol.dispose]();
    },
  });
}

function digestOf(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

function someBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

/** Every file below the hub's data that is not a blob in its place. */
function leftovers({ dir }: BlobHub): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" }).filter(
    (name) =>
      statSync(join(dir, name)).isFile() && !/^blobs\/[0-9a-f]{2}\/[0-9a-f]{64}$/.test(name),
  );
}

async function begin(hub: BlobHub, bytes: Uint8Array, token?: string) {
  const response = await hub.ask("/v1/uploads", {
    method: "POST",
    body: JSON.stringify({ digest: digestOf(bytes), bytes: bytes.length }),
    ...(token === undefined ? {} : { token }),
  });
  expect(response.status).toBe(201);
  return v.parse(v.object({ upload: v.string(), offset: v.number() }), await response.json());
}

function patch(hub: BlobHub, upload: string, offset: number, body: Uint8Array | ReadableStream) {
  const headers = { "upload-offset": String(offset) };
  return hub.ask(`/v1/uploads/${upload}`, { method: "PATCH", body, headers });
}

test("what is put is had, by its digest and in any range", async () => {
  await using hub = blobHub();
  const bytes = someBytes(200_000);
  const path = `/v1/blobs/sha256/${digestOf(bytes)}`;
  expect((await hub.ask(path, { method: "PUT", body: bytes })).status).toBe(201);
  expect((await hub.ask(path, { method: "PUT", body: bytes })).status).toBe(200);
  const all = await hub.ask(path);
  const etag = all.headers.get("etag") ?? "";
  expect([all.status, etag]).toEqual([200, `"${digestOf(bytes)}"`]);
  expect(await all.bytes()).toEqual(bytes);
  for (const [range, from, to] of [
    ["bytes=100-199", 100, 200],
    ["bytes=199990-", 199_990, 200_000],
    ["bytes=-10", 199_990, 200_000],
  ] as const) {
    const part = await hub.ask(path, { headers: { range } });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes ${from}-${to - 1}/200000`);
    expect(await part.bytes()).toEqual(bytes.subarray(from, to));
  }
  expect((await hub.ask(path, { headers: { range: "bytes=200000-" } })).status).toBe(416);
  expect((await hub.ask(path, { headers: { "if-none-match": etag } })).status).toBe(304);
  expect(leftovers(hub)).toEqual([]);
});

test("an empty blob is one too", async () => {
  await using hub = blobHub();
  const path = `/v1/blobs/sha256/${digestOf(new Uint8Array())}`;
  expect((await hub.ask(path, { method: "PUT", body: new Uint8Array() })).status).toBe(201);
  expect((await (await hub.ask(path)).bytes()).length).toBe(0);
});

test("says which of many it does not have", async () => {
  await using hub = blobHub();
  const have = hub.blobs.addBytes(someBytes(10)).digest;
  const others = Array.from({ length: 2500 }, (_, index) => digestOf(someBytes(index + 11)));
  const body = JSON.stringify({ digests: [...others, have] });
  const response = await hub.ask("/v1/blobs/missing", { method: "POST", body });
  expect(await response.json()).toEqual({ missing: others });
});

test("bytes of another digest are refused and leave nothing", async () => {
  await using hub = blobHub();
  const bytes = someBytes(1000);
  const wrong = digestOf(someBytes(999));
  const put = await hub.ask(`/v1/blobs/sha256/${wrong}`, { method: "PUT", body: bytes });
  expect(put.status).toBe(422);
  const body = JSON.stringify({ digest: wrong, bytes: 1000 });
  const { upload } = v.parse(
    v.object({ upload: v.string() }),
    await (await hub.ask("/v1/uploads", { method: "POST", body })).json(),
  );
  expect((await patch(hub, upload, 0, bytes)).status).toBe(422);
  expect((await hub.ask(`/v1/uploads/${upload}`, { method: "HEAD" })).status).toBe(404);
  expect(leftovers(hub)).toEqual([]);
  expect(hub.blobs.has(wrong)).toBeFalse();
});

test("an upload goes on where it ended, also for the next hub", async () => {
  await using hub = blobHub();
  const bytes = someBytes(300_000);
  const { upload } = await begin(hub, bytes);
  expect(await (await patch(hub, upload, 0, bytes.subarray(0, 100_000))).json()).toEqual({
    offset: 100_000,
  });
  const head = await hub.ask(`/v1/uploads/${upload}`, { method: "HEAD" });
  expect(head.headers.get("upload-offset")).toBe("100000");
  const early = await patch(hub, upload, 50_000, bytes.subarray(50_000));
  expect(early.status).toBe(409);
  expect(await early.json()).toMatchObject({ offset: 100_000 });
  expect(await begin(hub, bytes)).toEqual({ upload, offset: 100_000 });

  // Another hub on the same folder has not seen the first part.
  const blob = { digest: digestOf(bytes), bytes: bytes.length };
  const uploads = openUploads(join(hub.dir, "uploads"), hub.blobs, { clock: systemClock });
  const again = uploads.begin(blob, whoAsks(hub));
  expect(again).toEqual({ ...blob, id: upload, offset: 100_000 });
  expect(await uploads.append(again, pieces(bytes.subarray(100_000)))).toBe(300_000);
  expect(readFileSync(hub.blobs.path(digestOf(bytes)))).toEqual(Buffer.from(bytes));
  // The first one finds the blob in place.
  expect((await begin(hub, bytes)).offset).toBe(300_000);
  expect(leftovers(hub)).toEqual([]);
});

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

test("what came before the connection broke is kept", async () => {
  await using hub = blobHub();
  const bytes = someBytes(150_000);
  const { token } = hub.tokens.issue({ scope: "submit" });
  const { upload } = await begin(hub, bytes, token);
  const path = join(hub.dir, "uploads", upload);
  const socket = connect(hub.server.port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(
    `PATCH /v1/uploads/${upload} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
      "Upload-Offset: 0\r\nContent-Length: 150000\r\n\r\n",
  );
  socket.write(bytes.subarray(0, 100_000));
  await until(() => (statSync(path).size === 100_000 ? true : null));
  socket.destroy();
  const rest = await until(async () => {
    const body = bytes.subarray(100_000);
    const headers = { "upload-offset": "100000" };
    const init = { method: "PATCH", body, headers, token };
    const response = await hub.ask(`/v1/uploads/${upload}`, init);
    return response.status === 200 ? response : null;
  });
  expect(await rest.json()).toEqual({ offset: 150_000 });
  expect(hub.blobs.has(digestOf(bytes))).toBeTrue();
  expect(leftovers(hub)).toEqual([]);
});

test("an upload goes on with the hub that is started after one was killed", async () => {
  using lab = await testLab();
  const { token } = openTokens(layoutOf(lab.root).hub, {
    random: systemRandom,
    clock: systemClock,
  }).issue({ scope: "submit" });
  const bytes = someBytes(200_000);
  const begun = v.object({ upload: v.string(), offset: v.number() });
  const blob = { digest: digestOf(bytes), bytes: bytes.length };
  const send = async (hub: Served, half: Uint8Array): Promise<number> => {
    const { upload, offset } = v.parse(
      begun,
      await (await hub.ask("POST", "/v1/uploads", blob, token)).json(),
    );
    const headers = { authorization: `Bearer ${token}`, "upload-offset": String(offset) };
    const init = { method: "PATCH", body: half, headers };
    expect((await fetch(`${hub.url}/v1/uploads/${upload}`, init)).status).toBe(200);
    return offset;
  };
  const killed = await served(lab.root);
  expect(await send(killed, bytes.subarray(0, 150_000))).toBe(0);
  await killed.kill();
  await using next = await served(lab.root);
  expect(await send(next, bytes.subarray(150_000))).toBe(150_000);
  const answer = await next.ask("GET", `/v1/blobs/sha256/${blob.digest}`, undefined, token);
  expect(await answer.bytes()).toEqual(bytes);
});

test("an upload belongs to who began it", async () => {
  await using hub = blobHub();
  const bytes = someBytes(9);
  const { upload } = await begin(hub, bytes);
  const { token } = hub.tokens.issue({ scope: "submit" });
  const init = { method: "PATCH", body: bytes, headers: { "upload-offset": "0" }, token };
  expect((await hub.ask(`/v1/uploads/${upload}`, init)).status).toBe(404);
});

test("an upload in which nothing comes for a day is removed", async () => {
  await using hub = blobHub();
  const bytes = someBytes(1000);
  const { upload } = await begin(hub, bytes);
  await patch(hub, upload, 0, bytes.subarray(0, 10));
  expect(hub.uploads.sweep()).toBe(0);
  const long_ago = new Date(Date.now() - 2 * 86_400_000);
  utimesSync(join(hub.dir, "uploads", upload), long_ago, long_ago);
  expect(hub.uploads.sweep()).toBe(1);
  expect(leftovers(hub)).toEqual([]);
  expect((await begin(hub, bytes)).offset).toBe(0);
});

test("what is too large, or fills the disk, is refused before it comes", async () => {
  await using hub = blobHub({ max_blob_bytes: 1000 });
  const declare = async (bytes: number, on: BlobHub) => {
    const body = JSON.stringify({ digest: digestOf(someBytes(1)), bytes });
    const response = await on.ask("/v1/uploads", { method: "POST", body });
    const { message, hint } = v.parse(
      v.object({ message: v.string(), hint: v.string() }),
      await response.json(),
    );
    return [response.status, message, hint];
  };
  expect(await declare(1001, hub)).toEqual([
    413,
    "a blob of 1001 bytes; at most 1000 are taken",
    "leave large files out of the workspace, or start the hub with a larger --max-blob",
  ]);
  await using full = blobHub({ free_bytes: Number.MAX_SAFE_INTEGER });
  expect((await declare(1, full)).slice(0, 2)).toEqual([507, "no space left on the hub's disk"]);
  const path = `/v1/blobs/sha256/${digestOf(someBytes(1))}`;
  expect((await full.ask(path, { method: "PUT", body: someBytes(1) })).status).toBe(507);
  expect(leftovers(full)).toEqual([]);
});

test("more than was declared, or than one body may have, is refused", async () => {
  await using hub = blobHub();
  const bytes = someBytes(100);
  const { upload } = await begin(hub, bytes);
  expect((await patch(hub, upload, 0, someBytes(101))).status).toBe(413);
  const large = new Uint8Array(8 * 1024 * 1024 + 1);
  const path = `/v1/blobs/sha256/${digestOf(large)}`;
  expect((await hub.ask(path, { method: "PUT", body: large })).status).toBe(413);
  expect((await hub.ask(path, { method: "PUT", body: new Blob([large]).stream() })).status).toBe(
    413,
  );
  expect(leftovers(hub).filter((name) => name.startsWith("blobs/"))).toEqual([]);
});

test.each(["abc", "A".repeat(64), `${"0".repeat(63)}g`, "%2e%2e%2fpasswd"])(
  "%s is not the name of a blob",
  async (name) => {
    await using hub = blobHub();
    mkdirSync(hub.blobs.folder, { recursive: true });
    writeFileSync(join(hub.dir, "passwd"), "secret");
    expect((await hub.ask(`/v1/blobs/sha256/${name}`)).status).toBe(400);
  },
);

test("readers may not, and attempts may while the queue knows them", async () => {
  await using hub = blobHub();
  const body = '{"digests":[]}';
  const status = async (token: string) =>
    (await hub.ask("/v1/blobs/missing", { method: "POST", body, token })).status;
  expect(await status(hub.tokens.issue({ scope: "read" }).token)).toBe(403);
  expect(await status(hub.tokens.attemptToken(ATTEMPT))).toBe(200);
  expect(await status(hub.tokens.attemptToken(ATTEMPT.replace(".1", ".2")))).toBe(403);
});

/** Who the admin of a test hub is to its uploads. */
function whoAsks({ tokens }: BlobHub): string {
  return `admin ${tokens.list()[0]?.id}`;
}

async function until<T>(find: () => T | null | Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await find();
    if (found !== null) return found;
    await Bun.sleep(2);
  }
}
