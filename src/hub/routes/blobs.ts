import * as v from "valibot";
import { MissingSchema, SINGLE_SHOT_BYTES } from "../../domain/dispatch/protocol.ts";
import { LabError } from "../../domain/errors.ts";
import { lazily } from "../../domain/lazily.ts";
import type { Blobs } from "../../store/blobs.ts";
import { receiveBlob } from "../blobs/receive.ts";
import { assertRoom, type BlobLimits } from "../blobs/space.ts";
import type { Upload, Uploads } from "../blobs/uploads.ts";
import { refused } from "../refuse.ts";
import type { HubRequest, Identity, Route } from "../route.ts";
import { whoIs } from "../who-is.ts";

export interface BlobRoutesOptions {
  blobs: Blobs;
  uploads: Uploads;
  limits: BlobLimits;
  /** null when the queue knows no such attempt. */
  attempt: (name: string) => object | null;
}

const UploadSchema = lazily(() =>
  v.object({
    digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  }),
);

/** So many blobs are looked for before others get their turn. */
const LOOKUPS = 1000;

/**
 * Content, by its digest. Who gives packages or runs them may write, and may read what it can name:
 * a digest is known to those who have the content, or a document that names it.
 */
export function blobRoutes({ blobs, uploads, limits, attempt }: BlobRoutesOptions): Route[] {
  const scopes = ["worker", "attempt", "submit"] as const;

  /** Throws for the token of an attempt that is over and forgotten. */
  function assertKnown(identity: Identity): void {
    if (identity.scope !== "attempt" || attempt(identity.attempt) !== null) return;
    throw refused(403, "policy-refused", "the attempt of this token is over");
  }

  function route(
    method: Route["method"],
    pattern: string,
    handle: Route["handle"],
    streams?: true,
  ): Route {
    return {
      method,
      pattern,
      scopes,
      ...(streams === undefined ? {} : { streams }),
      handle(request) {
        assertKnown(request.identity);
        return handle(request);
      },
    };
  }

  function uploadOf({ params, identity }: HubRequest): Upload {
    const found = uploads.find(params["upload"] ?? "", whoIs(identity));
    if (found !== null) return found;
    throw new LabError("not-found", "there is no such upload", {
      hint: "begin it again: POST /v1/uploads",
    });
  }

  return [
    route("POST", "/v1/blobs/missing", async ({ json }) => {
      const { digests } = await json(MissingSchema());
      const missing: string[] = [];
      for (const [index, digest] of digests.entries()) {
        // What is there may be named soon by a result: it is not collected until then.
        if (!blobs.renew(digest)) missing.push(digest);
        if (index % LOOKUPS === LOOKUPS - 1) await turn();
      }
      return Response.json({ missing });
    }),
    route("PUT", "/v1/blobs/sha256/:digest", async ({ params, headers, chunks }) => {
      const digest = digestOf(params);
      const declared = Number(headers.get("content-length") ?? SINGLE_SHOT_BYTES);
      assertRoom(blobs.folder, Math.min(declared, SINGLE_SHOT_BYTES), limits);
      const isNew = await receiveBlob(blobs, digest, chunks(SINGLE_SHOT_BYTES));
      return new Response(null, { status: isNew ? 201 : 200 });
    }),
    route(
      "GET",
      "/v1/blobs/sha256/:digest",
      ({ params, headers }) => {
        const digest = digestOf(params);
        if (!blobs.has(digest)) throw new LabError("not-found", `there is no blob ${digest}`);
        return Promise.resolve(blobResponse(blobs.path(digest), digest, headers));
      },
      true,
    ),
    route("POST", "/v1/uploads", async ({ json, identity }) => {
      const blob = await json(UploadSchema());
      assertRoom(blobs.folder, blob.bytes, limits);
      const { id, offset } = uploads.begin(blob, whoIs(identity));
      return Response.json({ upload: id, offset }, { status: 201 });
    }),
    route("HEAD", "/v1/uploads/:upload", (request) =>
      Promise.resolve(
        new Response(null, { status: 200, headers: uploadHeaders(uploadOf(request)) }),
      ),
    ),
    route("PATCH", "/v1/uploads/:upload", async (request) => {
      const upload = uploadOf(request);
      const { offset, bytes } = upload;
      if (request.headers.get("upload-offset") !== String(offset)) {
        return Response.json(
          {
            code: "stale-ticket",
            message: `the upload goes on at ${offset}`,
            offset,
          },
          { status: 409, headers: { ...uploadHeaders(upload), connection: "close" } },
        );
      }
      assertRoom(blobs.folder, bytes - offset, limits);
      const reached = await uploads.append(upload, request.chunks(bytes - offset));
      return Response.json({ offset: reached });
    }),
  ];
}

function blobResponse(path: string, digest: string, headers: Headers): Response {
  const etag = `"${digest}"`;
  const known = (headers.get("if-none-match") ?? "").split(",").map((text) => text.trim());
  const about = { etag, "cache-control": "private, immutable, max-age=31536000" };
  if (known.includes(etag)) return new Response(null, { status: 304, headers: about });
  // Bun answers a Range by itself, sends the file without reading it here, and waits for the client.
  return new Response(Bun.file(path, { type: "application/octet-stream" }), {
    headers: { ...about, "x-content-type-options": "nosniff" },
  });
}

function uploadHeaders({ offset, bytes }: Upload): Record<string, string> {
  return { "upload-offset": String(offset), "upload-length": String(bytes) };
}

function digestOf(params: HubRequest["params"]): string {
  const digest = params["digest"] ?? "";
  if (/^[0-9a-f]{64}$/.test(digest)) return digest;
  throw new LabError("usage", "the name of a blob is its SHA-256, 64 lower-case digits");
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
