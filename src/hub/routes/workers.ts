import { HelloSchema, LOG_CHUNK_BYTES, PROTOCOL } from "../../domain/dispatch/protocol.ts";
import type { Welcome } from "../../domain/dispatch/protocol.ts";
import { LabError } from "../../domain/errors.ts";
import type { Hub } from "../open-hub.ts";
import { drain, revoke } from "../queue/steer.ts";
import { refused } from "../refuse.ts";
import type { HubRequest, Route } from "../route.ts";
import type { Tokens } from "../tokens.ts";
import { workerRows } from "../worker-rows.ts";

/** Joining, and what people do with workers. */
export function workerRoutes(
  hub: Hub,
  tokens: Pick<Tokens, "join" | "revokeWorker">,
  identity: { hub: string; version: string },
): Route[] {
  /** One that was here before comes with its own token, which it keeps, and with its own name. */
  function nameFor(
    { identity: who }: HubRequest,
    wanted: { key: string; name: string },
  ): { worker: string; token: string } {
    if (who.scope === "join") return tokens.join(who.id, wanted);
    if (who.scope === "worker") return { worker: who.worker, token: "" };
    throw new LabError("policy-refused", "a worker joins with a token of scope join", {
      hint: "make one with `labctl hub token --scope join`",
    });
  }

  return [
    {
      method: "POST",
      pattern: "/v1/workers",
      scopes: ["join", "worker"],
      async handle(request) {
        const hello = await request.json(HelloSchema());
        if (hello.protocol !== PROTOCOL)
          throw otherProtocol(hello.protocol, hello.version, identity);
        const { key, protocol: _, ...facts } = hello;
        const { worker, token } = nameFor(request, { key, name: hello.name });
        hub.queue.record({ t: "joined", worker: { ...facts, name: worker } });
        await hub.committed();
        const { heartbeat_s, lease_s, poll_s } = hub.intervals;
        const welcome: Welcome = {
          worker,
          token,
          ...identity,
          heartbeat_s,
          lease_s,
          poll_s,
          log_chunk: LOG_CHUNK_BYTES,
        };
        return Response.json(welcome, { status: 201 });
      },
    },
    {
      method: "GET",
      pattern: "/v1/workers",
      scopes: ["read", "submit"],
      handle: () => Promise.resolve(Response.json({ workers: workerRows(hub) })),
    },
    {
      method: "POST",
      pattern: "/v1/workers/:id/drain",
      scopes: [],
      async handle(request) {
        const name = nameOf(hub, request);
        drain(hub.queue, name);
        await hub.committed();
        return Response.json({ worker: name });
      },
    },
    {
      method: "POST",
      pattern: "/v1/workers/:id/revoke",
      scopes: [],
      async handle(request) {
        const name = nameOf(hub, request);
        // First the token: from then on it can do nothing more.
        tokens.revokeWorker(name);
        revoke(hub.queue, name);
        await hub.committed();
        return Response.json({ worker: name });
      },
    },
  ];
}

function nameOf(hub: Hub, { params }: HubRequest): string {
  const name = params["id"] ?? "";
  if (hub.queue.state.workers.has(name)) return name;
  throw refused(404, "not-found", `no worker ${JSON.stringify(name.slice(0, 200))}`, {
    hint: "`labctl workers` lists them",
  });
}

function otherProtocol(theirs: number, version: string, ours: { version: string }): Error {
  return refused(
    426,
    "policy-refused",
    `the worker speaks protocol ${theirs} (labctl ${version}), the hub ${PROTOCOL} (labctl ${ours.version})`,
    { hint: "install the same version of labctl on both sides" },
  );
}
