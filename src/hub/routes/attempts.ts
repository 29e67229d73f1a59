import { blobsOf, treeProblem, type FileTreeLimits } from "../../domain/dispatch/file-tree.ts";
import { RETRIED } from "../../domain/dispatch/attempt.ts";
import {
  CompleteSchema,
  ReleaseSchema,
  type CompleteReply,
  type CompleteRequest,
} from "../../domain/dispatch/protocol.ts";
import { LabError } from "../../domain/errors.ts";
import { isoTime } from "../../domain/time.ts";
import type { Blobs } from "../../store/blobs.ts";
import type { Hub } from "../open-hub.ts";
import { complete, foreseeFinish, type Finish } from "../queue/finish.ts";
import { release } from "../queue/give-back.ts";
import type { Route } from "../route.ts";
import { attemptOf, workerOf } from "../worker-of.ts";

/** Results up to this size are in the journal itself: one sync for many of them. */
const INLINE_BYTES = 16 * 1024;
/** With so much of them waiting to be ingested, they go into files, so that memory stays bounded. */
const INLINE_BYTES_IN_ALL = 16 * 1024 * 1024;

/** How an attempt ends. */
export function attemptRoutes(
  hub: Hub,
  { blobs, limits }: { blobs: Pick<Blobs, "size">; limits: FileTreeLimits },
): Route[] {
  const inJournal = countWaiting((id) => hub.queue.state.packages.has(id));

  return [
    {
      method: "POST",
      pattern: "/v1/attempts/:attempt/complete",
      scopes: ["worker", "attempt"],
      async handle(request) {
        const { attempt, package: id, epoch } = attemptOf(hub, request);
        const worker = workerOf(hub, request).facts.name;
        const body = await request.json(CompleteSchema());
        assertValid(body, id, epoch, limits);
        const missing = await missingBlobs(body, blobs);
        if (missing.length > 0) return reply(422, { status: "missing", blobs: missing });
        const finished = { package: id, epoch, worker, key: body.key };
        const bytes = Number(request.headers.get("content-length") ?? Infinity);
        const inline = bytes <= INLINE_BYTES && inJournal.bytes() + bytes <= INLINE_BYTES_IN_ALL;
        const before = foreseeFinish(hub.queue, finished);
        if (!inline && before.status === "sealed" && before.first) {
          await hub.results.put(attempt, JSON.stringify(body.result));
        }
        const result = inline ? body.result : null;
        const finish = complete(hub.queue, { ...finished, class: body.class, result });
        if (inline) inJournal.add(id, bytes);
        // Another attempt was quicker while the file was written.
        if (!inline && finish.status !== "sealed") await hub.results.remove(attempt);
        await hub.committed();
        return answer(hub, finish, { attempt, worker, body });
      },
    },
    {
      method: "POST",
      pattern: "/v1/attempts/:attempt/release",
      scopes: ["worker", "attempt"],
      async handle(request) {
        const { package: id, epoch } = attemptOf(hub, request);
        const worker = workerOf(hub, request).facts.name;
        const failure = await request.json(ReleaseSchema());
        release(hub.queue, { package: id, epoch, worker }, failure);
        await hub.committed();
        return new Response(null, { status: 204 });
      },
    },
  ];
}

function assertValid(
  { result, class: failure }: CompleteRequest,
  id: string,
  epoch: number,
  limits: FileTreeLimits,
): void {
  if (result.package !== id || result.epoch !== epoch) {
    throw new LabError(
      "usage",
      `the result is of ${result.package}.${result.epoch}, the request of ${id}.${epoch}`,
    );
  }
  if (failure !== null && RETRIED.includes(failure)) {
    throw new LabError("usage", `an attempt that ended by ${failure} has no result`, {
      hint: `release it: POST /v1/attempts/${id}.${epoch}/release`,
    });
  }
  const problem = treeProblem(result.files, limits);
  if (problem !== null) throw new LabError("usage", `the files of the result: ${problem}`);
}

/** So many files are looked up before others get their turn. */
const LOOKUPS = 200;

async function missingBlobs(
  { result }: CompleteRequest,
  blobs: Pick<Blobs, "size">,
): Promise<string[]> {
  const missing: string[] = [];
  let looked = 0;
  for (const [digest, bytes] of blobsOf(result.files)) {
    if ((blobs.size(digest) ?? -1) < bytes) missing.push(digest);
    looked += 1;
    if (looked % LOOKUPS === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return missing;
}

async function answer(
  hub: Hub,
  finish: Finish,
  { attempt, worker, body }: { attempt: string; worker: string; body: CompleteRequest },
): Promise<Response> {
  if (finish.status === "sealed") return reply(200, { status: "sealed" });
  const { status } = finish;
  const reason = status === "stale" ? finish.reason : `epoch ${finish.by} was sealed before`;
  await hub.late.keep(attempt, body.key, {
    at: isoTime(new Date(hub.wall_ms())),
    status,
    reason,
    worker,
    result: body.result,
  });
  return reply(status === "stale" ? 409 : 200, finish);
}

function reply(status: number, body: CompleteReply): Response {
  return Response.json(body, { status });
}

/** Bytes of the results in the journal that wait to be ingested. They end about in the order they came. */
function countWaiting(isOpen: (id: string) => boolean) {
  let line: { id: string; bytes: number }[] = [];
  let head = 0;
  let total = 0;
  return {
    add(id: string, bytes: number): void {
      line.push({ id, bytes });
      total += bytes;
    },
    bytes(): number {
      for (let first = line[head]; first !== undefined && !isOpen(first.id); first = line[head]) {
        total -= first.bytes;
        head += 1;
      }
      if (head > 1000) {
        line = line.slice(head);
        head = 0;
      }
      return total;
    },
  };
}
