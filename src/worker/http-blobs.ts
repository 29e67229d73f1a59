import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import { SINGLE_SHOT_BYTES } from "../domain/dispatch/protocol.ts";
import { LabError } from "../domain/errors.ts";
import { lazily } from "../domain/lazily.ts";
import { removeIfThere, syncFolder } from "../store/durable.ts";

/** One request to the hub; anything but a success, or a status that is accepted, is thrown. */
export type Ask = (
  method: "GET" | "POST" | "PUT" | "PATCH",
  path: string,
  init?: AskOptions,
) => Promise<Answer>;

export interface AskOptions {
  body?: NonNullable<RequestInit["body"]>;
  headers?: Record<string, string>;
  accept?: readonly number[];
  signal?: AbortSignal;
  /** Until all of the answer is here. */
  limit_ms?: number;
}

export interface Answer {
  response: Response;
  /** Its body as JSON: null when it is empty, undefined when it is none. */
  value: unknown;
}

/** Hands the answer to a GET to `use` as it arrives; `abort` breaks it off. Throws refusals. */
export type Download = (
  path: string,
  headers: Record<string, string>,
  use: (response: Response, abort: () => void) => Promise<void>,
) => Promise<void>;

/** One piece of a large blob: the hub syncs each. */
const PIECE_BYTES = 2 * SINGLE_SHOT_BYTES;
const PIECE_MS = 600_000;
/** A download that brings nothing for so long is broken off, and goes on where it was. */
const STALL_MS = 60_000;
const CHUNK_BYTES = 1 << 20;

const OffsetSchema = lazily(() => v.object({ offset: v.number() }));
const UploadSchema = lazily(() => v.object({ upload: v.string(), offset: v.number() }));

/** Sends a large blob in pieces, from where the hub says that an earlier try ended. */
export async function uploadBlob(
  ask: Ask,
  digest: string,
  path: string,
  bytes: number,
): Promise<void> {
  const begun = await ask("POST", "/v1/uploads", {
    body: JSON.stringify({ digest, bytes }),
    headers: { "content-type": "application/json" },
  });
  const { upload, offset } = said(UploadSchema(), begun);
  const url = `/v1/uploads/${encodeURIComponent(upload)}`;
  const file = Bun.file(path);
  let at = offset;
  do {
    // Also when all of it is there: it may still have to be put in place.
    const piece = await ask("PATCH", url, {
      body: file.slice(at, Math.min(bytes, at + PIECE_BYTES)),
      headers: { "upload-offset": String(at) },
      accept: [404, 409],
      limit_ms: PIECE_MS,
    });
    if (piece.response.status === 404) throw lost("the hub forgot an upload");
    at = said(OffsetSchema(), piece).offset;
  } while (at < bytes);
}

function said<T>(schema: v.GenericSchema<unknown, T>, { value }: Answer): T {
  const found = v.safeParse(schema, value);
  if (found.success) return found.output;
  throw lost("the hub did not say where an upload goes on");
}

function lost(what: string, cause?: unknown): LabError {
  return new LabError("try-later", what, { cause });
}

/**
 * Brings a blob to `path`, complete and checked, or not at all. What a broken connection left beside
 * it is gone on with. System errors of the own disk are thrown as they are.
 */
export async function downloadBlob(
  download: Download,
  digest: string,
  path: string,
): Promise<void> {
  const part = `${path}.part`;
  const fd = openSync(part, "a+");
  try {
    let hasher = new Bun.CryptoHasher("sha256");
    const have = hashed(fd, hasher);
    const headers: Record<string, string> = have === 0 ? {} : { range: `bytes=${have}-` };
    await download(`/v1/blobs/sha256/${digest}`, headers, async (response, abort) => {
      // Nothing is left to send when all of it was here.
      if (response.status === 416) return;
      if (response.status === 200 && have > 0) {
        ftruncateSync(fd, 0);
        hasher = new Bun.CryptoHasher("sha256");
      }
      await receive(response, fd, hasher, abort);
    });
    if (hasher.digest("hex") !== digest) {
      ftruncateSync(fd, 0);
      throw new LabError("damaged", `what the hub has as ${digest} is something else`, {
        hint: "run `labctl verify` where the hub is",
      });
    }
    fsyncSync(fd);
  } finally {
    const isEmpty = fstatSync(fd).size === 0;
    closeSync(fd);
    if (isEmpty) removeIfThere(part);
  }
  finish(part, path);
}

function finish(part: string, path: string): void {
  renameSync(part, path);
  syncFolder(dirname(path));
}

async function receive(
  response: Response,
  fd: number,
  hasher: Bun.CryptoHasher,
  abort: () => void,
): Promise<void> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  for (;;) {
    const timer = setTimeout(abort, STALL_MS);
    let chunk: Uint8Array | undefined;
    try {
      chunk = (await reader.read()).value;
    } catch (error) {
      throw lost(`a download broke off: ${String(error)}`, error);
    } finally {
      clearTimeout(timer);
    }
    if (chunk === undefined) return;
    for (let at = 0; at < chunk.length;) at += writeSync(fd, chunk, at);
    hasher.update(chunk);
  }
}

/** Feeds what is in the file already; returns how much that is. */
function hashed(fd: number, hasher: Bun.CryptoHasher): number {
  const buffer = new Uint8Array(CHUNK_BYTES);
  let position = 0;
  for (;;) {
    const count = readSync(fd, buffer, 0, buffer.length, position);
    if (count === 0) return position;
    hasher.update(buffer.subarray(0, count));
    position += count;
  }
}
