import type { Hub } from "../open-hub.ts";
import { queueReport } from "../queue-report.ts";
import type { HubRequest, Route } from "../route.ts";

/** A comment now and then keeps proxies from closing a quiet stream. */
const KEEP_ALIVE_MS = 15_000;

/** For those who look: what waits and who works, and what happens. */
export function queueRoutes(hub: Hub): Route[] {
  return [
    {
      method: "GET",
      pattern: "/v1/queue",
      scopes: ["read", "submit"],
      async handle() {
        await hub.committed();
        return Response.json(queueReport(hub));
      },
    },
    {
      method: "GET",
      pattern: "/v1/events",
      scopes: ["read", "submit"],
      streams: true,
      handle: (request) => Promise.resolve(events(hub, request)),
    },
  ];
}

/**
 * Server-sent events: `data` is a FeedEvent, `id` its number. `event: reset` says that events between
 * are not kept any more (and from which number it goes on): look at /v1/queue anew.
 */
function events(hub: Hub, { query, headers, signal }: HubRequest): Response {
  const asked = headers.get("last-event-id") ?? query.get("after");
  let after = asked === null ? hub.feed.seq() : Number(asked);
  if (!Number.isSafeInteger(after) || after < 0) after = 0;

  async function* stream(): AsyncGenerator<string> {
    yield ": labctl\n\n";
    while (!signal.aborted) {
      const { events: found, complete } = hub.feed.since(after);
      const seq = hub.feed.seq();
      await hub.committed();
      if (!complete) yield `event: reset\nid: ${seq}\ndata: {"seq":${seq}}\n\n`;
      else for (const one of found) yield `id: ${one.seq}\ndata: ${JSON.stringify(one)}\n\n`;
      after = seq;
      if (hub.feed.seq() > seq) continue;
      await hub.feed.wait(KEEP_ALIVE_MS, signal);
      if (hub.feed.seq() === seq) yield ": still here\n\n";
    }
  }
  return new Response(bytesOf(stream(), signal), {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}

function bytesOf(texts: AsyncGenerator<string>, signal: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await texts.next();
      if (done === true || signal.aborted) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await texts.return(undefined);
    },
  });
}
