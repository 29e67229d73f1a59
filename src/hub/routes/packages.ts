import * as v from "valibot";
import { PACKAGE_ID, RunPackageSchema, summaryOf } from "../../domain/dispatch/run-package.ts";
import { LabError } from "../../domain/errors.ts";
import { lazily } from "../../domain/lazily.ts";
import type { Hub } from "../open-hub.ts";
import { cancel, prune } from "../queue/steer.ts";
import { submit } from "../queue/submit.ts";
import { changesSince } from "../queue/watch.ts";
import { refused } from "../refuse.ts";
import type { HubRequest, Route } from "../route.ts";

const ReasonSchema = lazily(() => v.object({ reason: v.pipe(v.string(), v.maxLength(2000)) }));
const OpenSchema = lazily(() =>
  v.object({ ids: v.pipe(v.array(v.pipe(v.string(), v.maxLength(300))), v.maxLength(100_000)) }),
);
const MAX_WAIT_S = 60;

/** For those who give packages: RemoteQueue over HTTP. */
export function packageRoutes(hub: Hub): Route[] {
  return [
    {
      method: "POST",
      pattern: "/v1/packages",
      scopes: ["submit"],
      async handle(request) {
        const { text, summary } = await packageOf(request);
        const { packages, ended } = hub.queue.state;
        if (!packages.has(summary.id) && !ended.has(summary.id)) {
          await hub.packages.put(summary.id, text);
        }
        const isNew = submit(hub.queue, summary);
        await hub.committed();
        return Response.json({ package: summary.id, new: isNew }, { status: isNew ? 201 : 200 });
      },
    },
    {
      method: "POST",
      pattern: "/v1/packages/:id/cancel",
      scopes: ["submit"],
      handle: (request) => steer(hub, request, cancel),
    },
    {
      method: "POST",
      pattern: "/v1/packages/:id/prune",
      scopes: ["submit"],
      handle: (request) => steer(hub, request, prune),
    },
    {
      method: "POST",
      pattern: "/v1/packages/open",
      scopes: ["submit", "read"],
      async handle(request) {
        const { ids } = await request.json(OpenSchema());
        await hub.committed();
        return Response.json({ open: ids.filter((id) => hub.queue.state.packages.has(id)) });
      },
    },
    {
      method: "GET",
      pattern: "/v1/packages/watch",
      scopes: ["submit", "read"],
      handle: (request) => watch(hub, request),
    },
  ];
}

/** The text is kept as it came: workers get exactly that. */
async function packageOf(request: HubRequest) {
  const { text, value } = await request.document(RunPackageSchema());
  return { text, summary: summaryOf(value) };
}

async function steer(
  hub: Hub,
  request: HubRequest,
  action: (queue: Hub["queue"], id: string, reason: string) => boolean,
): Promise<Response> {
  const id = request.params["id"] ?? "";
  const { reason } = await request.json(ReasonSchema());
  const { packages, ended } = hub.queue.state;
  if (!PACKAGE_ID.test(id) || (!packages.has(id) && !ended.has(id))) {
    throw refused(404, "not-found", `no package ${JSON.stringify(id.slice(0, 200))} in the queue`);
  }
  const done = action(hub.queue, id, reason);
  await hub.committed();
  return Response.json({ package: id, done });
}

async function watch(hub: Hub, { query, signal }: HubRequest): Promise<Response> {
  const experiment = query.get("experiment") ?? "";
  const { state } = hub.queue;
  const asked = numberIn(query, "after");
  // Numbers begin anew with a new journal; whoever knows later ones is told everything.
  const after = asked > state.seq ? 0 : asked;
  const wait_ms = Math.min(numberIn(query, "wait_s"), MAX_WAIT_S) * 1000;
  const until_ms = hub.queue.now_ms() + wait_ms;
  let events = changesSince(state, experiment, after);
  while (events.length === 0 && !signal.aborted && hub.queue.now_ms() < until_ms) {
    await hub.changes.wait(experiment, until_ms - hub.queue.now_ms(), signal);
    events = changesSince(state, experiment, after);
  }
  const { seq } = state;
  await hub.committed();
  return Response.json({ seq, events });
}

function numberIn(query: URLSearchParams, name: string): number {
  const value = Number(query.get(name) ?? 0);
  if (Number.isFinite(value)) return Math.max(0, value);
  throw new LabError("usage", `${name}: expected a number, got ${query.get(name)}`);
}
