import { ClaimSchema, HeartbeatSchema } from "../../domain/dispatch/protocol.ts";
import { refused } from "../refuse.ts";
import type { Hub } from "../open-hub.ts";
import type { Grant } from "../queue/claim.ts";
import { heartbeat } from "../queue/heartbeat.ts";
import type { Route } from "../route.ts";
import { workerOf } from "../worker-of.ts";

/** What workers ask again and again: for work, and whether to go on with what they have. */
export function claimRoutes(hub: Hub, tokens: { attemptToken(attempt: string): string }): Route[] {
  return [
    {
      method: "POST",
      pattern: "/v1/claims",
      scopes: ["worker"],
      async handle(request) {
        const worker = workerOf(hub, request);
        const claim = await request.json(ClaimSchema());
        if (claim.only !== null) assertOpen(hub, claim.only);
        const grants = await hub.claims.take(worker, claim, request);
        await hub.committed();
        const leases = await Promise.all(grants.map((grant) => leaseText(hub, tokens, grant)));
        const texts = leases.filter((text) => text !== null);
        if (texts.length === 0) return new Response(null, { status: 204 });
        return jsonText(`{"leases":[${texts.join(",")}]}`);
      },
    },
    {
      method: "POST",
      pattern: "/v1/heartbeats",
      scopes: ["worker"],
      async handle(request) {
        const worker = workerOf(hub, request);
        const beat = await request.json(HeartbeatSchema());
        hub.claims.told(worker.facts.name);
        const reply = heartbeat(hub.queue, worker, beat);
        await hub.committed();
        return Response.json(reply);
      },
    },
  ];
}

/** A worker made for one package has nothing to wait for when that is over. */
function assertOpen(hub: Hub, id: string): void {
  const pack = hub.queue.state.packages.get(id);
  if (pack !== undefined && pack.status !== "ending") return;
  throw refused(
    404,
    "not-found",
    `the queue has no open package ${JSON.stringify(id.slice(0, 200))}`,
  );
}

/** The document goes into the reply as it was handed in, without being parsed again. */
async function leaseText(
  hub: Hub,
  tokens: { attemptToken(attempt: string): string },
  { attempt, package: id, epoch }: Grant,
): Promise<string | null> {
  const document = await hub.packages.get(id);
  if (document === null) {
    hub.queue.record({ t: "given-up", package: id, reason: "the package's own file is gone" });
    return null;
  }
  const lease = {
    attempt,
    package: id,
    epoch,
    lease_s: hub.intervals.lease_s,
    token: tokens.attemptToken(attempt),
  };
  return `${JSON.stringify(lease).slice(0, -1)},"document":${document}}`;
}

function jsonText(text: string): Response {
  return new Response(text, { headers: { "content-type": "application/json" } });
}
