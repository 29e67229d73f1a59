import { join } from "node:path";
import { LOG_CHUNK_BYTES } from "../../domain/dispatch/protocol.ts";
import { parseAttemptId, type PackageSummary } from "../../domain/dispatch/run-package.ts";
import { LabError } from "../../domain/errors.ts";
import { experimentIdProblem } from "../../domain/ids.ts";
import { experimentLayout, type Layout } from "../../store/layout.ts";
import { logStream } from "../logs/log-stream.ts";
import { LOG_STREAMS, type LiveLogs } from "../logs/live-logs.ts";
import { refused } from "../refuse.ts";
import type { HubRequest, Route } from "../route.ts";

/** What the queue knows of an attempt. */
export interface KnownAttempt {
  worker: string;
  /** It holds its package now. */
  live: boolean;
  summary: Pick<PackageSummary, "experiment" | "run_id">;
}

export interface LogRoutesOptions {
  logs: LiveLogs;
  layout: Layout;
  /** null when the queue knows no such attempt. */
  attempt: (name: string) => KnownAttempt | null;
}

const PATTERN = "/v1/attempts/:attempt/log/:stream";

/** What attempts print, by offset: the same bytes again change nothing. */
export function logRoutes({ logs, layout, attempt }: LogRoutesOptions): Route[] {
  function place({ params, query }: HubRequest) {
    const name = params["attempt"] ?? "";
    const stream = LOG_STREAMS.find((known) => known === params["stream"]);
    const known = parseAttemptId(name) === null ? null : attempt(name);
    if (known === null || stream === undefined) {
      throw new LabError("not-found", "there is no such log", {
        hint: "of a run that is sealed, `labctl logs RUN` shows it",
      });
    }
    return { name, stream, known, dir: runFolder(layout, known), offset: offsetOf(query) };
  }

  return [
    {
      method: "PUT",
      pattern: PATTERN,
      scopes: ["worker", "attempt"],
      async handle(request) {
        const { name, stream, dir, offset, known } = place(request);
        assertOwn(request, name, known);
        const bytes = await allOf(request.chunks(LOG_CHUNK_BYTES));
        // Asked when the bytes are here: meanwhile its lease may have ended, or its run been sealed.
        if (attempt(name)?.live !== true) throw notLive();
        const end = logs.append({ attempt: name, dir, stream }, offset, bytes);
        if (!end.isGap) return new Response(null, { status: 204 });
        const message = `the log goes on at ${end.offset}`;
        return Response.json({ code: "usage", message, offset: end.offset }, { status: 409 });
      },
    },
    {
      method: "GET",
      pattern: PATTERN,
      scopes: ["read", "submit"],
      streams: true,
      handle(request) {
        const { name, stream, dir, offset } = place(request);
        const follow = request.query.get("follow") === "1";
        const isLive = (): boolean => attempt(name)?.live === true;
        const body = logStream(join(dir, `${stream}.log`), {
          offset,
          isGrowing: () => follow && isLive(),
          signal: request.signal,
        });
        const headers = {
          "content-type": "application/octet-stream",
          "cache-control": "no-store",
          "x-content-type-options": "nosniff",
        };
        return Promise.resolve(new Response(body, { headers }));
      },
    },
  ];
}

function assertOwn({ identity }: HubRequest, name: string, { worker }: KnownAttempt): void {
  const isOwn =
    identity.scope === "admin" ||
    (identity.scope === "worker" && identity.worker === worker) ||
    (identity.scope === "attempt" && identity.attempt === name);
  if (!isOwn) throw refused(403, "policy-refused", "the attempt is somebody else's");
}

/** Whoever gave the package named the run; the names are checked before they are a path. */
function runFolder(layout: Layout, { summary }: KnownAttempt): string {
  const { experiment, run_id } = summary;
  if (experimentIdProblem(experiment) !== null || !/^RUN-[A-Za-z0-9_-]{1,200}$/.test(run_id)) {
    throw new LabError("policy-refused", "the package names no run of this lab");
  }
  return join(experimentLayout(layout, experiment).runs, run_id);
}

function offsetOf(query: URLSearchParams): number {
  const text = query.get("offset") ?? "0";
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new LabError("usage", "offset: expected a number of bytes", { hint: "as in ?offset=0" });
}

async function allOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of chunks) parts.push(part);
  return Buffer.concat(parts);
}

function notLive(): Error {
  return refused(409, "stale-ticket", "the attempt does not hold its package any more", {
    hint: "send no more of its log",
  });
}
