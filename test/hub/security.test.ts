import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import * as fc from "fast-check";
import { join } from "node:path";
import * as v from "valibot";
import { parseJoinString } from "../../src/domain/dispatch/join-string.ts";
import { openTokens, type Tokens } from "../../src/hub/tokens.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { systemRandom } from "../../src/platform/random.ts";
import { folderHash } from "../helpers/folder-hash.ts";
import { testLab, type TestLab } from "../helpers/lab.ts";
import { hello } from "../helpers/queue-hub.ts";
import { served, type Served } from "../helpers/served.ts";
import { until } from "../helpers/until.ts";
import { claim, packageId, result, runPackage } from "./sample-packages.ts";

/**
 * What strangers, and those who have too little of a token, may try on a real hub. All of it is sent
 * to one process; at the end that process must be as it was, small, and have written nowhere else.
 */
let lab: TestLab;
let hub: Served;
let tokens: Tokens;
let outside: string;
let before: string;
const said = new Set<string>();
const MAX_MEMORY_MB = 256;

beforeAll(async () => {
  lab = await testLab();
  outside = join(lab.dir, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "passwd"), "kept");
  hub = await served(lab.root);
  tokens = openTokens(join(lab.root, "registry/hub"), { random: systemRandom, clock: systemClock });
  before = folderHash(outside);
});

afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  lab[Symbol.dispose]();
});

function issue(...[request]: Parameters<Tokens["issue"]>): { id: string; token: string } {
  const made = tokens.issue(request);
  said.add(made.token);
  return made;
}

let packages = 0;

/** The token of a new worker. */
async function worker(name: string): Promise<string> {
  const { token } = issue({ scope: "join" });
  const response = await hub.ask("POST", "/v1/workers", hello(name), token);
  const welcome = v.parse(v.object({ token: v.string() }), await response.json());
  said.add(welcome.token);
  return welcome.token;
}

/** A new package, taken by that worker. */
async function attempt(token: string): Promise<{ id: string; attempt: string; token: string }> {
  const pack = runPackage((packages += 1));
  expect((await hub.ask("POST", "/v1/packages", pack)).status).toBe(201);
  const only = { only: pack.id, slots: 1 };
  const response = await hub.ask("POST", "/v1/claims", claim(`claim-${pack.id}`, only), token);
  const leases = v.object({
    leases: v.array(v.object({ attempt: v.string(), token: v.string() })),
  });
  const [lease] = v.parse(leases, await response.json()).leases;
  if (lease === undefined) throw new Error("no lease");
  said.add(lease.token);
  return { id: pack.id, ...lease };
}

/** Status and code of the answer. */
async function refusal(response: Promise<Response>): Promise<[number, string]> {
  const answer = await response;
  const text = await answer.text();
  const code = v.safeParse(v.object({ code: v.string() }), text === "" ? {} : JSON.parse(text));
  return [answer.status, code.success ? code.output.code : text];
}

const DIGEST = "ab".repeat(32);
const ATTEMPT = `${packageId(1)}.1`;

/** Every endpoint that asks for a token, with a scope that may not use it. */
const ENDPOINTS: [string, string, "read" | "submit"][] = [
  ["POST", "/v1/workers", "submit"],
  ["GET", "/v1/workers", "read"],
  ["POST", "/v1/workers/w/drain", "submit"],
  ["POST", "/v1/workers/w/revoke", "submit"],
  ["POST", "/v1/claims", "submit"],
  ["POST", "/v1/heartbeats", "submit"],
  ["POST", `/v1/attempts/${ATTEMPT}/complete`, "submit"],
  ["POST", `/v1/attempts/${ATTEMPT}/release`, "submit"],
  ["PUT", `/v1/attempts/${ATTEMPT}/log/stdout`, "submit"],
  ["POST", "/v1/packages", "read"],
  ["POST", `/v1/packages/${packageId(1)}/cancel`, "read"],
  ["POST", `/v1/packages/${packageId(1)}/prune`, "read"],
  ["POST", "/v1/blobs/missing", "read"],
  ["PUT", `/v1/blobs/sha256/${DIGEST}`, "read"],
  ["GET", `/v1/blobs/sha256/${DIGEST}`, "read"],
  ["POST", "/v1/uploads", "read"],
];

test.each(ENDPOINTS)("%s %s is for nobody without the right token", async (method, path, scope) => {
  const url = `${hub.url}${path}`;
  expect((await fetch(url, { method })).status).toBe(401);
  const basic = { authorization: "Basic YTpi" };
  expect((await fetch(url, { method, headers: basic })).status).toBe(401);
  expect(await refusal(hub.ask(method, path, undefined, "x"))).toEqual([401, "policy-refused"]);
  const forged = `hl_admin_000000000000_${"0".repeat(64)}`;
  expect((await hub.ask(method, path, undefined, forged)).status).toBe(401);
  if (path === "/v1/workers" && method === "GET") return;
  const { token } = issue({ scope });
  expect(await refusal(hub.ask(method, path, undefined, token))).toEqual([403, "policy-refused"]);
  const late = issue({ scope: "admin", expires_s: 0.001 }).token;
  await Bun.sleep(2);
  expect((await hub.ask(method, path, undefined, late)).status).toBe(401);
});

test("a token that is revoked beside the hub is refused at once", async () => {
  const { id, token } = issue({ scope: "admin" });
  expect((await hub.ask("GET", "/v1/workers", undefined, token)).status).toBe(200);
  expect((await lab.labctl("hub", "revoke", id)).code).toBe(0);
  expect((await hub.ask("GET", "/v1/workers", undefined, token)).status).toBe(401);
});

test("a join token lets one worker in, whoever else has seen it", async () => {
  const { token } = parseJoinString(hub.join);
  said.add(token);
  const ask = (key: string): Promise<Response> =>
    hub.ask("POST", "/v1/workers", { ...hello("mine"), key }, token);
  const all = await Promise.all(["key-number-1", "key-number-2", "key-number-3"].map(ask));
  expect(all.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 401, 401]);
  for (const path of ["/v1/claims", "/v1/heartbeats", "/v1/blobs/missing"]) {
    expect((await hub.ask("POST", path, {}, token)).status).toBe(403);
  }
});

test("a worker has no say in the attempt of another, nor has another attempt's token", async () => {
  const [mine, other] = [await worker("mine"), await worker("other")];
  const own = await attempt(mine);
  const foreign = await attempt(other);
  const complete = { key: "some-key", class: null, result: result(own.id, 1) };
  const release = { class: "infra", reason: "x" };
  for (const token of [other, foreign.token]) {
    for (const [path, body] of [
      ["complete", complete],
      ["release", release],
    ] as const) {
      const answer = refusal(hub.ask("POST", `/v1/attempts/${own.attempt}/${path}`, body, token));
      expect(await answer).toEqual([403, "policy-refused"]);
    }
    const log = hub.ask("PUT", `/v1/attempts/${own.attempt}/log/stdout?offset=0`, {}, token);
    expect((await log).status).toBe(403);
  }
  // It is still its own.
  const beat = { attempts: [{ attempt: own.attempt }], draining: false };
  const answer = await hub.ask("POST", "/v1/heartbeats", beat, mine);
  expect(await answer.json()).toMatchObject({ attempts: [{ status: "ok" }] });
});

test("a revoked worker is out, with the tokens of its attempts", async () => {
  const token = await worker("leaving");
  const own = await attempt(token);
  expect((await hub.ask("POST", "/v1/workers/leaving/revoke", {})).status).toBe(200);
  expect((await hub.ask("POST", "/v1/claims", claim("claim-again"), token)).status).toBe(401);
  const complete = { key: "some-key", class: null, result: result(own.id, 1) };
  for (const as of [token, own.token]) {
    const path = `/v1/attempts/${own.attempt}/complete`;
    expect([401, 403]).toContain((await hub.ask("POST", path, complete, as)).status);
    const log = hub.ask("PUT", `/v1/attempts/${own.attempt}/log/stdout`, {}, as);
    expect([401, 403, 409]).toContain((await log).status);
  }
});

const DOTS = ["..%2f..%2foutside", "%2e%2e%2foutside", "..%5coutside", "a%00b", "%c0%ae%c0%ae%2fx"];

test.each(DOTS)("%s is no name, wherever a name is asked for", async (name) => {
  for (const [method, path] of [
    ["GET", `/v1/blobs/sha256/${name}`],
    ["PUT", `/v1/blobs/sha256/${name}`],
    ["HEAD", `/v1/uploads/${name}`],
    ["PATCH", `/v1/uploads/${name}`],
    ["PUT", `/v1/attempts/${name}/log/stdout`],
    ["PUT", `/v1/attempts/${ATTEMPT}/log/${name}`],
    ["POST", `/v1/attempts/${name}/complete`],
    ["POST", `/v1/packages/${name}/cancel`],
    ["POST", `/v1/workers/${name}/revoke`],
    ["GET", `/bin/${name}`],
  ] as const) {
    const body = method === "GET" || method === "HEAD" ? undefined : {};
    const { status } = await hub.ask(method, path, body);
    expect([method, path, status >= 400 && status < 500]).toEqual([method, path, true]);
  }
});

test("a package names no place outside of the lab", async () => {
  for (const wrong of [
    { id: "DISPATCH-20261127-120000-000001-../../outside" },
    { id: "../../outside/x" },
    { inputs: { "../../outside/x": "text" } },
    { inputs: { "/etc/x": "text" } },
    { run: { ...runPackage(1).run, id: "RUN-../../outside" } },
    { run: { ...runPackage(1).run, id: "../RUN-1" } },
  ]) {
    const answer = refusal(hub.ask("POST", "/v1/packages", { ...runPackage(900), ...wrong }));
    expect(await answer).toEqual([400, "usage"]);
  }
});

const file = { kind: "file", path: "a", bytes: 1, sha256: DIGEST };
const EVIL_TREES: [string, unknown[]][] = [
  ["a name that climbs", [{ ...file, path: "../../outside/x" }]],
  ["a name that climbs inside", [{ ...file, path: "a/../../x" }]],
  ["an absolute name", [{ ...file, path: "/etc/cron.d/x" }]],
  ["a drive letter", [{ ...file, path: "C:/x" }]],
  ["a backslash", [{ ...file, path: "..\\x" }]],
  ["a NUL", [{ ...file, path: "a\0b" }]],
  ["an empty name", [{ ...file, path: "" }]],
  ["a long name", [{ ...file, path: "a".repeat(300) }]],
  ["the same name twice", [file, file]],
  ["a file below a file", [file, { ...file, path: "a/b" }]],
  ["a link to elsewhere", [{ kind: "link", path: "a", target: "../../../etc/passwd" }]],
  ["an absolute link", [{ kind: "link", path: "a", target: "/etc/passwd" }]],
  [
    "a file through a link",
    [
      { kind: "link", path: "d", target: "." },
      { ...file, path: "d/x" },
    ],
  ],
  [
    "a link through a link",
    [
      { kind: "folder", path: "x/y" },
      { kind: "link", path: "l", target: "x/y" },
      { kind: "link", path: "m", target: "l/../../../outside" },
    ],
  ],
  ["a device", [{ kind: "device", path: "a", major: 1, minor: 3 }]],
  ["a pipe", [{ kind: "fifo", path: "a" }]],
  ["a size of petabytes", [{ ...file, bytes: 2 ** 50 }]],
  ["a size that is no number", [{ ...file, bytes: "1" }]],
  ["a negative size", [{ ...file, bytes: -1 }]],
  [
    "many sizes that are too much together",
    Array.from({ length: 5000 }, (_, index) => ({ ...file, path: `f${index}`, bytes: 2 ** 33 })),
  ],
  ["another digest", [{ ...file, sha256: "../../etc/passwd" }]],
  ["a place in a blob that is none", [{ ...file, pack: { sha256: DIGEST, offset: -5 } }]],
];

test("a result whose files are not what a worker of ours sends is refused", async () => {
  const token = await worker("evil");
  const own = await attempt(token);
  const path = `/v1/attempts/${own.attempt}/complete`;
  for (const [what, entries] of EVIL_TREES) {
    const files = { schema_version: 1, entries };
    const body = { key: "evil-key", class: null, result: { ...result(own.id, 1), files } };
    const answer = await refusal(hub.ask("POST", path, body, token));
    expect([what, ...answer]).toEqual([what, 400, "usage"]);
  }
});

test("sizes that lie end nothing but their own package", async () => {
  const token = await worker("liar");
  const content = new Uint8Array(100).fill(7);
  const digest = new Bun.CryptoHasher("sha256").update(content).digest("hex");
  const put = { method: "PUT", body: content, headers: { authorization: `Bearer ${token}` } };
  expect((await fetch(`${hub.url}/v1/blobs/sha256/${digest}`, put)).ok).toBeTrue();
  for (const entry of [
    // Longer than the blob it is in; in it, and of another digest.
    { kind: "file", path: "a", bytes: 1_000_000, sha256: digest },
    { kind: "file", path: "a", bytes: 50, sha256: DIGEST, pack: { sha256: digest, offset: 90 } },
    { kind: "file", path: "a", bytes: 50, sha256: DIGEST, pack: { sha256: digest, offset: 10 } },
  ]) {
    const own = await attempt(token);
    const files = { schema_version: 1, entries: [entry] };
    const body = { key: "liar-key", class: null, result: { ...result(own.id, 1), files } };
    const answer = await hub.ask("POST", `/v1/attempts/${own.attempt}/complete`, body, token);
    expect([200, 422]).toContain(answer.status);
  }
  const own = await attempt(token);
  expect(own.attempt).toEndWith(".1");
});

const BROKEN: [string, string | Uint8Array, number][] = [
  ["half a document", '{"digests":[', 400],
  ["no document", "", 400],
  ["another type", '{"digests":"x"}', 400],
  ["wrong members", '{"digests":[1,null,{}]}', 400],
  ["a number", "1e999", 400],
  ["bytes that are no text", new Uint8Array([0x7b, 0xff, 0xfe]), 400],
  ["a byte order mark and nothing", "\ufeff", 400],
  ["deep lists", "[".repeat(100_000), 413],
  ["deep objects", '{"a":'.repeat(100_000), 413],
  ["a prototype", '{"__proto__":{"digests":[]},"constructor":1}', 400],
  [
    "too many digests",
    JSON.stringify({ digests: Array.from({ length: 50_001 }, () => DIGEST) }),
    400,
  ],
  ["eight MiB of empty lists", `[${"[],".repeat(2_700_000)}1]`, 413],
  ["eight MiB of empty objects", `[${"{},".repeat(2_700_000)}1]`, 413],
];

test.each(BROKEN)("%s is no request", async (_, body, status) => {
  const send = (path: string): Promise<Response> =>
    fetch(`${hub.url}${path}`, {
      method: "POST",
      body,
      headers: { authorization: `Bearer ${hub.token}` },
    });
  expect((await refusal(send("/v1/blobs/missing")))[0]).toBe(status);
  for (const path of ["/v1/claims", "/v1/packages", "/v1/uploads", "/v1/packages/open"]) {
    const answer = await send(path);
    await answer.text();
    expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
  }
});

test("compressed bodies are not unpacked", async () => {
  const bomb = Bun.gzipSync(new Uint8Array(50_000_000));
  const headers = { authorization: `Bearer ${hub.token}`, "content-encoding": "gzip" };
  for (const [method, path] of [
    ["POST", "/v1/blobs/missing"],
    ["PUT", `/v1/blobs/sha256/${DIGEST}`],
    ["POST", "/v1/packages"],
  ] as const) {
    const { status } = await fetch(`${hub.url}${path}`, { method, body: bomb, headers });
    expect([path, status]).toEqual([path, 415]);
  }
});

/** A request as bytes; what it is answered with until the hub closes, or `enough` says so. */
async function raw(request: string, drive: (socket: Socket) => void = () => {}): Promise<string> {
  const socket = connect(Number(new URL(hub.url).port), "127.0.0.1");
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
    if (text.includes("\r\n\r\n")) socket.destroy();
  });
  socket.on("error", () => undefined);
  socket.on("close", () => resolve(text.split("\r\n", 1)[0] ?? ""));
  socket.write(request);
  drive(socket);
  return promise;
}

const head = (line: string, ...headers: string[]): string =>
  [`${line} HTTP/1.1`, "Host: x", `Authorization: Bearer ${hub.token}`, ...headers, "", ""].join(
    "\r\n",
  );

const SINKS = [
  "POST /v1/blobs/missing",
  "POST /v1/packages/open",
  "POST /v1/packages",
  `PUT /v1/blobs/sha256/${DIGEST}`,
];

test.each(SINKS)("ten GB for %s are refused, declared or not", async (line) => {
  const declared = await raw(head(line, "Content-Length: 10000000000"));
  expect(declared).toStartWith("HTTP/1.1 413");
  let sent = 0;
  const piece = `10000\r\n${" ".repeat(0x10000)}\r\n`;
  const endless = await raw(head(line, "Transfer-Encoding: chunked"), (socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece)) sent += 0x10000;
    };
    socket.on("drain", more);
    more();
  });
  expect(endless).toMatch(/^HTTP\/1\.1 413|^$/);
  expect(sent).toBeLessThan(200_000_000);
});

test("an upload of ten GB is refused where there is no room for it, and none of it is kept", async () => {
  const body = { digest: DIGEST, bytes: 2 ** 52 };
  expect([413, 507]).toContain((await hub.ask("POST", "/v1/uploads", body)).status);
});

test.each([
  ["many headers", () => Array.from({ length: 2000 }, (_, index) => `x${index}: y\r\n`).join("")],
  ["a long header", () => `x: ${"y".repeat(1_000_000)}\r\n`],
])("%s are too many", async (_, headers) => {
  expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\n${headers()}\r\n`)).toMatch(
    /^HTTP\/1\.1 4\d\d|^$/,
  );
});

test.each([
  `GET /${"a".repeat(200_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  "GET / HTTP/9.9\r\n\r\n",
  "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n",
  "GET /v1/workers HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
  "POST /v1/claims HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
  "POST /v1/claims HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
  "GET /v1/workers HTTP/1.1\r\nHost: ../..@:/\r\n\r\n",
  "GET http://other.example/v1/workers HTTP/1.1\r\nHost: x\r\n\r\n",
])("%j is answered with a refusal, or not at all", async (request) => {
  expect(await raw(request)).toMatch(/^HTTP\/1\.1 (4\d\d|501|505)|^$/);
});

test("hundreds who never end their request keep nobody else waiting", async () => {
  const port = Number(new URL(hub.url).port);
  const half = [
    `GET /v1/workers HTTP/1.1\r\nHost: x\r\nx: ${"y".repeat(12_000)}`,
    `${head("POST /v1/blobs/missing", "Content-Length: 60000")}{"digests":[`,
    `${head(`PUT /v1/blobs/sha256/${DIGEST}`, "Content-Length: 8000000")}abc`,
  ];
  const sockets = Array.from({ length: 600 }, (_, index) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(half[index % half.length] ?? "");
    return socket;
  });
  await Promise.all(sockets.map((socket) => until(() => socket.destroyed || !socket.connecting)));
  const stranger = await worker("patient");
  expect((await hub.ask("POST", "/v1/claims", claim("claim-in-time"), stranger)).ok).toBeTrue();
  for (const socket of sockets) socket.destroy();
});

test("many who send at once what they may get no more of the memory than few", async () => {
  const port = Number(new URL(hub.url).port);
  const piece = Buffer.alloc(1 << 16);
  const send = (): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1");
      let sent = 0;
      const more = (): void => {
        while (!socket.destroyed && sent < 7_000_000 && socket.write(piece)) sent += piece.length;
        if (sent >= 7_000_000) socket.destroy();
      };
      socket.on("drain", more);
      socket.on("error", () => undefined);
      socket.on("data", (bytes) => {
        resolve(bytes.toString("latin1").slice(9, 12));
        socket.destroy();
      });
      socket.on("close", () => resolve(""));
      socket.write(head(`PUT /v1/blobs/sha256/${DIGEST}`, "Content-Length: 8000000"));
      more();
    });
  const answers = await Promise.all(Array.from({ length: 60 }, send));
  for (const status of answers) expect(["429", ""]).toContain(status);
});

test("whatever is asked, the answer is no bug", async () => {
  const { token } = issue({ scope: "admin" });
  const stranger = await worker("fuzz");
  const names = fc.constantFrom(
    "x",
    "w",
    ATTEMPT,
    packageId(3),
    DIGEST,
    "stdout",
    "__proto__",
    "%",
    "é",
    "-1",
  );
  const paths = fc.constantFrom(
    "/v1/workers",
    "/v1/workers/:name/drain",
    "/v1/workers/:name/revoke",
    "/v1/claims",
    "/v1/heartbeats",
    "/v1/attempts/:name/complete",
    "/v1/attempts/:name/release",
    "/v1/attempts/:name/log/:name?offset=:name",
    "/v1/packages",
    "/v1/packages/:name/cancel",
    "/v1/packages/:name/prune",
    "/v1/packages/open",
    "/v1/packages/watch?experiment=:name&after=:name&wait_s=0",
    "/v1/blobs/missing",
    "/v1/blobs/sha256/:name",
    "/v1/uploads",
    "/v1/uploads/:name",
    "/v1/queue",
    "/bin/:name",
    "/:name",
  );
  const shapes = fc.constantFrom<object>(
    claim("claim-fuzz"),
    hello("fuzz"),
    runPackage(3),
    { key: "fuzz-key", class: null, result: result(packageId(3), 1) },
    { attempts: [{ attempt: ATTEMPT, reports: [{ step: 1, value: 2 }] }], draining: false },
    { digests: [DIGEST] },
    { digest: DIGEST, bytes: 5 },
    { class: "infra", reason: "x" },
    { ids: [packageId(3)] },
  );
  /** A good document, one member of which is something else; or something else altogether. */
  const bodies = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.tuple(shapes, fc.nat(20), fc.jsonValue({ maxDepth: 2 })).map(([shape, at, value]) => {
      const key = Object.keys(shape)[at];
      return key === undefined ? shape : { ...shape, [key]: value };
    }),
  );
  const request = fc.record({
    method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "HEAD", "DELETE", "OPTIONS"),
    path: fc.tuple(paths, fc.array(names, { minLength: 3, maxLength: 3 })),
    body: bodies,
    as: fc.constantFrom(token, stranger),
  });
  const never = [500, 501, 502, 504];
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path: [pattern, words], body, as }) => {
      let used = 0;
      const path = pattern.replaceAll(":name", () => encodeURI(words[used++] ?? ""));
      const hasBody = !["GET", "HEAD"].includes(method);
      const response = await hub.ask(method, path, hasBody ? body : undefined, as);
      await response.arrayBuffer();
      expect(never).not.toContain(response.status);
    }),
    { numRuns: 200 },
  );
}, 30_000);

test("many large bodies at once wait for their turn in memory", async () => {
  const digests = Array.from({ length: 50_000 }, () => DIGEST);
  const body = JSON.stringify({ digests });
  const send = (): Promise<Response> =>
    fetch(`${hub.url}/v1/blobs/missing`, {
      method: "POST",
      body,
      headers: { authorization: `Bearer ${hub.token}` },
    });
  const answers = await Promise.all(Array.from({ length: 16 }, send));
  for (const answer of answers) {
    expect([200, 429, 503]).toContain(answer.status);
    await answer.arrayBuffer();
  }
});

test("large results at once do, too", async () => {
  const token = await worker("large");
  const own = await attempt(token);
  const entries = Array.from({ length: 20_000 }, (_, index) => {
    const sha256 = index.toString(16).padStart(64, "0");
    return { kind: "file", path: `folder/file-${index}`, bytes: 10, sha256 };
  });
  const files = { schema_version: 1, entries };
  const body = { key: "large-key", class: null, result: { ...result(own.id, 1), files } };
  const path = `/v1/attempts/${own.attempt}/complete`;
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => hub.ask("POST", path, body, token)),
  );
  for (const answer of answers) {
    expect([422, 429, 503]).toContain(answer.status);
    await answer.arrayBuffer();
  }
});

test("after all of it the hub is small, has written nowhere else, and told no secret", async () => {
  expect(await (await hub.ask("GET", "/v1/workers")).json()).toHaveProperty("workers");
  if (process.platform === "linux") {
    const status = readFileSync(`/proc/${hub.pid}/status`, "utf8");
    const peak_mb = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
    expect(peak_mb).toBeLessThan(MAX_MEMORY_MB);
  }
  expect(folderHash(outside)).toBe(before);
  expect(readdirSync(lab.dir).sort()).toEqual(["lab-data", "outside"]);
  const { stdout, stderr } = await hub.stop();
  const [first = "", ...rest] = stdout.split("\n");
  // The join string is for whoever starts the hub, once.
  expect(first).toContain("token=hl_join_");
  said.add(hub.token);
  const texts = [
    stderr,
    rest.join("\n"),
    ...filesBelow(lab.root).map((path) => readFileSync(path, "latin1")),
  ];
  for (const token of said) {
    for (const text of texts) expect(text).not.toContain(token.slice(-64));
  }
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
