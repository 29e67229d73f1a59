import { statSync } from "node:fs";
import * as v from "valibot";
import {
  PROTOCOL,
  PROTOCOL_HEADER,
  SINGLE_SHOT_BYTES,
  type CompleteReply,
  type HeartbeatReply,
  type Welcome,
} from "../domain/dispatch/protocol.ts";
import { RunPackageSchema, type RunPackage } from "../domain/dispatch/run-package.ts";
import { LabError } from "../domain/errors.ts";
import { lazily } from "../domain/lazily.ts";
import type { HubFetch } from "../net/pinned-fetch.ts";
import {
  downloadBlob,
  uploadBlob,
  type Answer,
  type Ask,
  type AskOptions,
  type Download,
} from "./http-blobs.ts";
import { refusalOf } from "./hub-refusal.ts";
import { linkedAbort, type LinkedAbort } from "./linked-abort.ts";
import { createLane } from "./lane.ts";
import type { Transport } from "./transport.ts";

/** A request that is no long poll is answered within this time, or asked again. */
const ANSWER_MS = 30_000;
/** A beat that hangs in a dead connection must not cost the leases. */
const BEAT_MS = 10_000;
/** A blob in one piece, or one piece of a larger one. */
const TRANSFER_MS = 600_000;
/** Blobs sent at once, of all attempts together: a hub takes eight large bodies of one worker. */
const UPLOADS = 4;

export interface HttpTransportOptions {
  fetch: HubFetch;
  /** Of the join string at first, then the worker's own: setToken(). */
  token: string;
}

/** A Transport over HTTP that also says who it is. */
export interface HttpTransport extends Transport {
  setToken(token: string): void;
}

/** Speaks to a hub. What it refuses is thrown as it says it. */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  let { token } = options;

  /** The answer as it begins; its body is the caller's, until `limit` ends. */
  async function open(
    method: string,
    path: string,
    { body, headers = {} }: AskOptions,
    limit: LinkedAbort,
  ): Promise<Response> {
    return options.fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        [PROTOCOL_HEADER]: String(PROTOCOL),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      signal: limit.signal,
    });
  }

  const ask: Ask = async (method, path, init = {}) => {
    const { accept = [], signal, limit_ms = ANSWER_MS } = init;
    const limit = linkedAbort(signal === undefined ? [] : [signal], limit_ms);
    try {
      const response = await open(method, path, init, limit);
      const value = jsonOf(await textOf(response));
      if (!response.ok && !accept.includes(response.status)) throw refusalOf(response, value);
      return { response, value };
    } finally {
      limit.end();
    }
  };

  const download: Download = async (path, headers, use) => {
    const limit = linkedAbort([], TRANSFER_MS);
    try {
      const response = await open("GET", path, { headers }, limit);
      if (response.ok || response.status === 416) return await use(response, limit.abort);
      throw refusalOf(response, jsonOf(await textOf(response)));
    } finally {
      limit.end();
    }
  };

  async function json<T>(
    schema: v.GenericSchema<unknown, T>,
    path: string,
    value: object,
    init: AskOptions = {},
  ): Promise<T> {
    const headers = { "content-type": "application/json" };
    return read(schema, await ask("POST", path, { ...init, body: JSON.stringify(value), headers }));
  }

  const uploads = createLane(UPLOADS);
  const attemptPath = (attempt: string): string => `/v1/attempts/${encodeURIComponent(attempt)}`;

  const transport: HttpTransport = {
    setToken(given) {
      token = given;
    },
    join: (hello) => json(WelcomeSchema(), "/v1/workers", hello),
    async claim(request, signal) {
      const limit_ms = request.wait_s * 1000 + ANSWER_MS;
      const reply = await json(ClaimReplySchema(), "/v1/claims", request, { signal, limit_ms });
      const leases = (reply?.leases ?? []).map(({ document, ...lease }) => ({
        ...lease,
        pack: packageOf(document),
      }));
      for (const { attempt, pack } of leases) {
        if (pack !== null) continue;
        const reason = "the package cannot be read by this version of labctl";
        await transport.release(attempt, { class: "infra", reason });
      }
      return leases.flatMap(({ pack, ...lease }) => (pack === null ? [] : [{ ...lease, pack }]));
    },
    heartbeat: (beat) =>
      json(HeartbeatReplySchema(), "/v1/heartbeats", beat, { limit_ms: BEAT_MS }),
    async log(attempt, stream, offset, bytes) {
      const path = `${attemptPath(attempt)}/log/${stream}?offset=${offset}`;
      const answer = await ask("PUT", path, { body: bytes, accept: [409] });
      if (answer.response.status === 204) return { offset: offset + bytes.length };
      return read(OffsetSchema(), answer);
    },
    async missing(digests) {
      if (digests.length === 0) return [];
      return (await json(MissingReplySchema(), "/v1/blobs/missing", { digests })).missing;
    },
    putBlob: (digest, path) =>
      uploads(async () => {
        const bytes = statSync(path).size;
        if (bytes > SINGLE_SHOT_BYTES) return uploadBlob(ask, digest, path, bytes);
        const body = Bun.file(path);
        await ask("PUT", `/v1/blobs/sha256/${digest}`, { body, limit_ms: TRANSFER_MS });
      }),
    getBlob: (digest, path) => downloadBlob(download, digest, path),
    complete: (attempt, request) =>
      json(CompleteReplySchema(), `${attemptPath(attempt)}/complete`, request, {
        accept: [409, 422],
      }),
    async release(attempt, release) {
      await json(v.unknown(), `${attemptPath(attempt)}/release`, release);
    },
  };
  return transport;
}

const Status = v.picklist(["ok", "stale", "gone"]);
const Command = v.picklist(["none", "cancel", "prune"]);

const WelcomeSchema = lazily((): v.GenericSchema<unknown, Welcome> =>
  v.object({
    worker: v.string(),
    token: v.string(),
    hub: v.string(),
    version: v.string(),
    heartbeat_s: v.number(),
    lease_s: v.number(),
    poll_s: v.number(),
    log_chunk: v.number(),
  }),
);
const ClaimReplySchema = lazily(() =>
  v.nullable(
    v.object({
      leases: v.array(
        v.object({
          attempt: v.string(),
          epoch: v.number(),
          lease_s: v.number(),
          document: v.unknown(),
        }),
      ),
    }),
  ),
);
const HeartbeatReplySchema = lazily((): v.GenericSchema<unknown, HeartbeatReply> =>
  v.object({
    attempts: v.array(
      v.object({
        attempt: v.string(),
        status: Status,
        command: Command,
        reason: v.exactOptional(v.string()),
      }),
    ),
    worker: v.picklist(["none", "drain", "stop"]),
  }),
);
const OffsetSchema = lazily(() => v.object({ offset: v.number() }));
const MissingReplySchema = lazily(() => v.object({ missing: v.array(v.string()) }));
const CompleteReplySchema = lazily((): v.GenericSchema<unknown, CompleteReply> =>
  v.variant("status", [
    v.object({ status: v.literal("sealed") }),
    v.object({ status: v.literal("superseded"), by: v.number() }),
    v.object({ status: v.literal("stale"), reason: v.string() }),
    v.object({ status: v.literal("missing"), blobs: v.array(v.string()) }),
  ]),
);
function packageOf(document: unknown): RunPackage | null {
  const found = v.safeParse(RunPackageSchema(), document);
  return found.success ? found.output : null;
}

/** What the hub answered. Some statuses come with an answer or with a refusal. */
function read<T>(schema: v.GenericSchema<unknown, T>, { response, value }: Answer): T {
  const found = v.safeParse(schema, value);
  if (found.success) return found.output;
  throw refusalOf(response, value);
}

/** The connection may break in the middle of an answer. */
async function textOf(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw new LabError("try-later", `the hub's answer broke off: ${String(error)}`, {
      cause: error,
    });
  }
}

/** No content is null; what is no JSON is undefined. */
function jsonOf(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
