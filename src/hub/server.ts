import { PROTOCOL, PROTOCOL_HEADER } from "../domain/dispatch/protocol.ts";
import { LabError, systemCode } from "../domain/errors.ts";
import type { Clock, Log } from "../ports.ts";
import { watchBodies } from "./http/body-watch.ts";
import { jsonBody } from "./http/json-body.ts";
import { SERVER_LIMITS, type ServerLimits } from "./http/limits.ts";
import { routeTable, splitUrl } from "./http/match-route.ts";
import { bodyChunks, bodyMemory } from "./http/read-body.ts";
import { refusal, refused } from "./refuse.ts";
import { createRoom } from "./http/room.ts";
import type { Holder, HubRequest, Identity, Route } from "./route.ts";
import { whoIs } from "./who-is.ts";
import { createTally } from "./http/tally.ts";

export interface ServerOptions {
  routes: readonly Route[];
  /** Whose token it is; throws what a request with it is refused with. */
  tokens: { identify(token: string): Holder };
  host: string;
  /** 0: any free one. */
  port: number;
  /** PEM; null: plain HTTP. */
  tls: { cert: string; key: string } | null;
  limits?: Partial<ServerLimits>;
  clock: Pick<Clock, "monotonic_ms">;
  log: Log;
}

export interface HubServer {
  url: string;
  port: number;
  /** Nothing new is accepted; what is in progress is told, and has a moment to end. */
  stop(): Promise<void>;
}

/**
 * Listens. Each request goes through the same steps: its route, whether it speaks our protocol,
 * whose token it has, whether that may do this, and only then its body. What fails is answered with
 * a Refusal. Throws LabError when it cannot listen.
 */
export function startServer(options: ServerOptions): HubServer {
  const { tokens, log } = options;
  const limits = { ...SERVER_LIMITS, ...options.limits };
  const find = routeTable(options.routes);
  const watch = watchBodies(limits, options.clock);
  const arriving = createRoom(limits.arriving_bytes);
  const working = createRoom(limits.working_bytes);
  const requests = createTally(limits);
  const stopping = new Set<AbortController>();
  let isStopping = false;

  /** Throws unless the request may be handled; in the order in which it costs least. */
  function admit(request: Request): Admitted {
    const { path, query } = splitUrl(request.url);
    const matched = find(request.method, path);
    if (matched.kind === "bad-path") throw refused(400, "usage", "the path is not valid");
    if (matched.kind === "not-found") throw refused(404, "not-found", "there is nothing here");
    if (matched.kind === "other-method") {
      throw refused(405, "usage", `${request.method} is not for this path`, {
        hint: `use ${matched.allow.join(" or ")}`,
      });
    }
    if (isStopping) {
      throw refused(503, "try-later", "the hub is being stopped", { retry_after_s: 1 });
    }
    assertProtocol(request.headers);
    const { route, params } = matched;
    if (route.open === true) return { route, params, query, identity: { scope: "anybody" } };
    const identity = tokens.identify(bearer(request.headers));
    if (identity.scope !== "admin" && !route.scopes.includes(identity.scope)) {
      throw refused(403, "policy-refused", `a token of scope ${identity.scope} may not do this`, {
        hint: `use one of scope ${[...route.scopes, "admin"].join(" or ")}`,
      });
    }
    return { route, params, query, identity };
  }

  async function handle(request: Request, { route, params, query, identity }: Admitted) {
    const leave = requests.enter(whoIs(identity), bodyMemory(request.headers));
    let controller: AbortController | null = null;
    const held: (() => void)[] = [];
    const rooms = { watch, arriving, working, held };
    try {
      return await route.handle({
        identity,
        params,
        query: new URLSearchParams(query),
        headers: request.headers,
        json: async (schema) => (await jsonBody(request, schema, rooms)).value,
        document: (schema) => jsonBody(request, schema, rooms),
        chunks: (limit) => bodyChunks(request, limit, watch),
        // Made on demand: AbortSignal.any() would keep 1 KB of each for ever [measured, Bun 1.4.5].
        get signal() {
          if (controller === null) {
            const made = (controller = new AbortController());
            stopping.add(made);
            request.signal.addEventListener("abort", () => {
              stopping.delete(made);
              made.abort();
            });
            if (isStopping || request.signal.aborted) made.abort();
          }
          return controller.signal;
        },
      } satisfies HubRequest);
    } finally {
      leave();
      for (const give of held) give();
      if (controller !== null && route.streams !== true) stopping.delete(controller);
    }
  }

  const server = listen(options, limits.idle_s, async (request, setIdle) => {
    try {
      const admitted = admit(request);
      // Bodies and answers of those who are known take their time, which is watched otherwise.
      setIdle(admitted.route.open === true ? limits.open_s : 0);
      const response = await handle(request, admitted);
      // Not `idle_s`: whatever is sent to a slow client does not count as a sign of life in Bun 1.4.5.
      if (admitted.route.streams !== true) setIdle(limits.open_s);
      return response;
    } catch (error) {
      setIdle(limits.idle_s);
      return refusal(error, log);
    }
  });

  return {
    ...server.address,
    async stop() {
      isStopping = true;
      void server.stop(false);
      for (const controller of stopping) controller.abort();
      // Connections that are kept open for later are not waited for.
      const until_ms = options.clock.monotonic_ms() + limits.stop_ms;
      while (server.pending() > 0 && options.clock.monotonic_ms() < until_ms) await Bun.sleep(5);
      await server.stop(true);
      watch.stop();
    },
  };
}

interface Admitted {
  route: Route;
  params: Record<string, string>;
  query: string;
  identity: Identity;
}

function assertProtocol(headers: Headers): void {
  const theirs = headers.get(PROTOCOL_HEADER);
  if (theirs === null || theirs === String(PROTOCOL)) return;
  throw refused(426, "policy-refused", `this hub speaks protocol ${PROTOCOL}, not this one`, {
    hint: "install the same version of labctl on both sides",
  });
}

function bearer(headers: Headers): string {
  const value = headers.get("authorization");
  if (value?.startsWith("Bearer ") === true) return value.slice(7);
  throw refused(401, "policy-refused", "there is no token", {
    hint: "send one as `Authorization: Bearer ...`; `labctl hub token` makes them",
  });
}

type Answer = (request: Request, setIdle: (seconds: number) => void) => Promise<Response>;

function listen({ host, port, tls, log }: ServerOptions, idle_s: number, answer: Answer) {
  try {
    const server = Bun.serve({
      hostname: host,
      port,
      idleTimeout: idle_s,
      // Each route has a limit of its own.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      development: false,
      ...(tls === null ? {} : { tls }),
      fetch: (request, self) => answer(request, (seconds) => self.timeout(request, seconds)),
      error: (error) => refusal(error, log),
    });
    const at = server.port ?? port;
    const name = host.includes(":") ? `[${host}]` : host;
    const url = `${tls === null ? "http" : "https"}://${name}:${at}`;
    return {
      address: { url, port: at },
      stop: (now: boolean) => server.stop(now),
      pending: () => server.pendingRequests,
    };
  } catch (error) {
    const why = systemCode(error);
    if (why === "") throw error;
    throw new LabError("usage", `cannot listen on ${host} port ${port} (${why})`, {
      hint: "choose another with --port, or stop whoever listens there",
      cause: error,
    });
  }
}
