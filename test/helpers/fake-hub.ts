import { join } from "node:path";
import * as v from "valibot";
import type { AttemptResult } from "../../src/domain/dispatch/attempt.ts";
import { blobsOf } from "../../src/domain/dispatch/file-tree.ts";
import {
  ClaimSchema,
  CompleteSchema,
  HeartbeatSchema,
  HelloSchema,
  MissingSchema,
  ReleaseSchema,
  type ClaimRequest,
  type CompleteRequest,
  type Heartbeat,
  type HeartbeatReply,
  type Hello,
  type ReleaseRequest,
} from "../../src/domain/dispatch/protocol.ts";
import { attemptId, type RunPackage } from "../../src/domain/dispatch/run-package.ts";
import { openBlobs, type Blobs } from "../../src/store/blobs.ts";

type Command = Pick<HeartbeatReply["attempts"][number], "status" | "command" | "reason">;

/** A hub that says what a test wants it to, keeps everything in memory, and can be cut off. */
export interface FakeHub {
  url: string;
  token: string;
  blobs: Blobs;
  hellos: Hello[];
  beats: Heartbeat[];
  claims: ClaimRequest[];
  /** By attempt, in the order they came. */
  results: { attempt: string; request: CompleteRequest }[];
  releases: { attempt: string; release: ReleaseRequest }[];
  logs: Map<string, Uint8Array>;
  /** Bytes of blobs that came. */
  uploaded: number;
  /** Paths of requests, newest last. */
  requests: string[];
  add(...packs: RunPackage[]): void;
  /** What heartbeats answer for an attempt from now on. */
  say(attempt: string, command: Partial<Command>): void;
  /** Names of attempts that were given out and have not ended. */
  running(): string[];
  /** So many replies are lost from now on, after what was asked for was done. */
  dropReplies(count: number): void;
  /** Nobody listens there any more, until up(). */
  down(): Promise<void>;
  up(): void;
  /** Refuses everything with this status; null: no longer. */
  refuse(status: number | null): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface FakeHubOptions {
  heartbeat_s?: number;
  poll_s?: number;
}

export const FAKE_TOKEN = `hl_join_test_${"0".repeat(64)}`;
const WORKER_TOKEN = `hl_worker_test_${"1".repeat(64)}`;

export function fakeHub(folder: string, options: FakeHubOptions = {}): FakeHub {
  const { heartbeat_s = 0.1, poll_s = 20 } = options;
  const blobs = openBlobs(join(folder, "blobs"));
  const queue: RunPackage[] = [];
  const given = new Map<string, string[]>();
  const leases = new Map<string, RunPackage>();
  const commands = new Map<string, Partial<Command>>();
  const uploads = new Map<string, { digest: string; bytes: number; parts: Uint8Array[] }>();
  let wake = Promise.withResolvers<void>();
  let drops = 0;
  let status: number | null = null;
  let port = 0;
  let server: ReturnType<typeof listen> | null = null;

  async function claim(request: ClaimRequest, signal: AbortSignal): Promise<Response> {
    hub.claims.push(request);
    const end = performance.now() + request.wait_s * 1000;
    for (;;) {
      const again = given.get(request.key);
      const attempts = again ?? take(request);
      if (attempts.length > 0) {
        given.set(request.key, attempts);
        const found = attempts.flatMap((attempt) => {
          const pack = leases.get(attempt);
          return pack === undefined ? [] : [leaseOf(attempt, pack)];
        });
        return Response.json({ leases: found });
      }
      const left = end - performance.now();
      if (left <= 0 || signal.aborted) return new Response(null, { status: 204 });
      await Promise.race([wake.promise, Bun.sleep(Math.min(left, 50))]);
    }
  }

  function take({ slots, gpus, only }: ClaimRequest): string[] {
    const attempts: string[] = [];
    let left = gpus;
    for (let at = 0; at < queue.length && attempts.length < slots;) {
      const pack = queue[at];
      const fits = pack !== undefined && pack.needs.gpus <= left;
      if (!fits || (only !== null && pack.id !== only)) {
        at += 1;
        continue;
      }
      queue.splice(at, 1);
      left -= pack.needs.gpus;
      const epoch = [...leases.keys()].filter((id) => id.startsWith(`${pack.id}.`)).length + 1;
      leases.set(attemptId(pack.id, epoch), pack);
      attempts.push(attemptId(pack.id, epoch));
    }
    return attempts;
  }

  function leaseOf(attempt: string, document: RunPackage): object {
    const epoch = Number(attempt.slice(attempt.lastIndexOf(".") + 1));
    return { attempt, package: document.id, epoch, lease_s: 45, token: "", document };
  }

  function isOver(attempt: string): boolean {
    const ended = [...hub.results, ...hub.releases];
    return ended.some((one) => one.attempt === attempt);
  }

  function beat(message: Heartbeat): Response {
    hub.beats.push(message);
    const attempts = message.attempts.map(({ attempt }) => ({
      attempt,
      status: "ok",
      command: "none",
      ...commands.get(attempt),
    }));
    return Response.json({ attempts, worker: "none" });
  }

  async function log(attempt: string, stream: string, offset: number, request: Request) {
    const name = `${attempt}/${stream}`;
    const before = hub.logs.get(name) ?? new Uint8Array();
    const bytes = await request.bytes();
    if (offset > before.length) return Response.json({ offset: before.length }, { status: 409 });
    const fresh = bytes.subarray(before.length - offset);
    hub.logs.set(name, Buffer.concat([before, fresh]));
    return Response.json({ offset: before.length + fresh.length });
  }

  function complete(attempt: string, request: CompleteRequest): Response {
    const missing = [...blobsOf(request.result.files).keys()].filter((one) => !blobs.has(one));
    if (missing.length > 0) {
      return Response.json({ status: "missing", blobs: missing }, { status: 422 });
    }
    if (!hub.results.some((one) => one.request.key === request.key)) {
      hub.results.push({ attempt, request });
    }
    return Response.json({ status: "sealed" });
  }

  async function patch(id: string, request: Request): Promise<Response> {
    const upload = uploads.get(id);
    if (upload === undefined) return new Response(null, { status: 404 });
    const offset = upload.parts.reduce((sum, part) => sum + part.length, 0);
    if (request.headers.get("upload-offset") !== String(offset)) {
      return Response.json({ offset }, { status: 409 });
    }
    const bytes = await request.bytes();
    hub.uploaded += bytes.length;
    upload.parts.push(bytes);
    const reached = offset + bytes.length;
    if (reached === upload.bytes) receive(upload.digest, Buffer.concat(upload.parts));
    return Response.json({ offset: reached });
  }

  function receive(digest: string, bytes: Uint8Array): void {
    const writer = blobs.receive();
    writer.write(bytes);
    writer.finish(digest);
  }

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const [, , what = "", id = "", verb = "", stream = ""] = url.pathname.split("/");
    const attempt = decodeURIComponent(id);
    hub.requests.push(`${request.method} ${url.pathname}`);
    if (status !== null) {
      return Response.json({ code: "policy-refused", message: "refused by the test" }, { status });
    }
    const wanted = `Bearer ${what === "workers" ? FAKE_TOKEN : WORKER_TOKEN}`;
    if (request.headers.get("authorization") !== wanted) {
      const code = what === "workers" ? 403 : 401;
      return Response.json({ code: "policy-refused", message: "wrong token" }, { status: code });
    }
    switch (`${request.method} ${what}`) {
      case "POST workers":
        hub.hellos.push(await bodyOf(request, HelloSchema()));
        return Response.json({
          worker: hub.hellos.at(-1)?.name,
          token: WORKER_TOKEN,
          hub: "test",
          version: "0",
          heartbeat_s,
          lease_s: 10,
          poll_s,
          log_chunk: 64,
        });
      case "POST claims":
        return claim(await bodyOf(request, ClaimSchema()), request.signal);
      case "POST heartbeats":
        return beat(await bodyOf(request, HeartbeatSchema()));
      case "POST blobs": {
        const { digests } = await bodyOf(request, MissingSchema());
        return Response.json({ missing: digests.filter((digest) => !blobs.has(digest)) });
      }
      case "PUT blobs": {
        const bytes = await request.bytes();
        hub.uploaded += bytes.length;
        receive(verb, bytes);
        return new Response(null, { status: 201 });
      }
      case "GET blobs":
        if (!blobs.has(verb)) return new Response(null, { status: 404 });
        return new Response(Bun.file(blobs.path(verb)));
      case "POST uploads": {
        const blob = await bodyOf(request, UPLOAD);
        const begun = uploads.get(blob.digest) ?? { ...blob, parts: [] };
        uploads.set(blob.digest, begun);
        const offset = begun.parts.reduce((sum, part) => sum + part.length, 0);
        return Response.json({ upload: blob.digest, offset });
      }
      case "PATCH uploads":
        return patch(id, request);
      case "PUT attempts":
        return log(attempt, stream, Number(url.searchParams.get("offset")), request);
      case "POST attempts":
        if (verb === "complete") return complete(attempt, await bodyOf(request, CompleteSchema()));
        if (!isOver(attempt)) {
          hub.releases.push({ attempt, release: await bodyOf(request, ReleaseSchema()) });
        }
        return new Response(null, { status: 204 });
      default:
        return new Response(null, { status: 404 });
    }
  }

  function listen() {
    return Bun.serve({
      port,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      async fetch(request, self) {
        const response = await answer(request);
        if (drops === 0) return response;
        drops -= 1;
        // As if the line had been cut just before the reply.
        void self.stop(true);
        server = listen();
        return response;
      },
    });
  }

  const hub: FakeHub = {
    url: "",
    token: FAKE_TOKEN,
    blobs,
    hellos: [],
    beats: [],
    claims: [],
    results: [],
    releases: [],
    logs: new Map(),
    uploaded: 0,
    requests: [],
    add(...packs) {
      queue.push(...packs);
      wake.resolve();
      wake = Promise.withResolvers();
    },
    say: (attempt, command) => void commands.set(attempt, command),
    running: () => [...leases.keys()].filter((attempt) => !isOver(attempt)),
    dropReplies(count) {
      drops = count;
    },
    async down() {
      await server?.stop(true);
      server = null;
    },
    up() {
      server ??= listen();
    },
    refuse(given_status) {
      status = given_status;
    },
    async [Symbol.asyncDispose]() {
      await server?.stop(true);
    },
  };
  server = listen();
  port = server.port ?? 0;
  hub.url = `http://127.0.0.1:${port}`;
  return hub;
}

const UPLOAD = v.object({ digest: v.string(), bytes: v.number() });

/** Held to what the protocol says. */
async function bodyOf<T>(request: Request, schema: v.GenericSchema<unknown, T>): Promise<T> {
  return v.parse(schema, await request.json());
}

/** The only result that came for a package. Throws unless there is exactly one. */
export function onlyResult(hub: FakeHub, pack: RunPackage): AttemptResult {
  const found = hub.results.filter(({ request }) => request.result.package === pack.id);
  const [first] = found;
  if (found.length !== 1 || first === undefined) {
    throw new Error(`${found.length} results of ${pack.id}`);
  }
  return first.request.result;
}
