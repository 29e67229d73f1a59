import * as v from "valibot";
import type { QueueEvent, RemoteQueue } from "../app/dispatch/remote-queue.ts";
import { LabError } from "../domain/errors.ts";
import { openHubFetch, type HubFetch } from "../net/pinned-fetch.ts";
import { readEndpoint, type Endpoint } from "./endpoint.ts";

/** The hub of a data root, for commands of its own machine. */
export interface HubClient extends RemoteQueue {
  /** One request, as JSON. Throws LabError as the hub refused it, `try-later` when there is no hub. */
  ask(method: "GET" | "POST", path: string, body?: object): Promise<unknown>;
}

export interface HubClientOptions {
  /** registry/hub of the data root. */
  folder: string;
  /** How long to wait for a hub that does not answer, and is perhaps being started again. */
  patience_ms: number;
  /** A hub that says nothing for so long, beyond what it was asked to wait, counts as not there. */
  silence_ms?: number;
}

const RETRY_MS = 100;
const RETRY_MOST_MS = 2000;

/**
 * Finds the hub by its endpoint file, anew whenever it does not answer: a hub that is started again
 * may listen elsewhere. Every request may be repeated, so a lost reply is no trouble.
 */
export function openHubClient({
  folder,
  patience_ms,
  silence_ms = 30_000,
}: HubClientOptions): HubClient {
  let known: { endpoint: Endpoint; fetch: HubFetch } | null = null;

  function connect(): { endpoint: Endpoint; fetch: HubFetch } {
    const endpoint = readEndpoint(folder);
    if (endpoint === null) throw noHub();
    if (known?.endpoint.url === endpoint.url && known.endpoint.token === endpoint.token)
      return known;
    return (known = { endpoint, fetch: openHubFetch(endpoint) });
  }

  async function once({ method, path, body, wait_ms = 0, signal }: Asked) {
    const { endpoint, fetch } = known ?? connect();
    // Not AbortSignal.any(), which keeps a little of each request for ever with a long-lived signal.
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    let silent = false;
    const timer = setTimeout(() => {
      silent = true;
      abort();
    }, silence_ms + wait_ms);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted === true) abort();
    try {
      const response = await fetch(path, {
        method,
        headers: { authorization: `Bearer ${endpoint.token}`, "content-type": "application/json" },
        ...(body === null ? {} : { body }),
        signal: controller.signal,
      });
      const text = await response.text();
      if (response.ok) return text === "" ? null : parsed(text);
      throw refusalOf(response.status, text);
    } catch (error) {
      if (silent) throw silentHub(endpoint.url);
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Repeats while there is no answer, or the hub is another one than the token is of. */
  async function again(asked: Asked): Promise<unknown> {
    const { signal } = asked;
    const until = performance.now() + patience_ms;
    for (let wait_ms = RETRY_MS; ; wait_ms = Math.min(wait_ms * 2, RETRY_MOST_MS)) {
      try {
        return await once(asked);
      } catch (error) {
        known = null;
        if (!(error instanceof LabError) || !mayPass(error)) throw error;
        if (performance.now() + wait_ms > until || signal?.aborted === true) throw error;
        await Bun.sleep(wait_ms);
      }
    }
  }

  const post = (path: string, body: string): Promise<unknown> =>
    again({ method: "POST", path, body });

  const packagePath = (id: string, what: string): string =>
    `/v1/packages/${encodeURIComponent(id)}/${what}`;

  return {
    ask: (method, path, body) =>
      again({ method, path, body: body === undefined ? null : JSON.stringify(body) }),
    async submit(document) {
      await post("/v1/packages", document);
    },
    async watch(experiment, after, wait_s, signal) {
      const query = new URLSearchParams({ experiment, after: `${after}`, wait_s: `${wait_s}` });
      const path = `/v1/packages/watch?${query.toString()}`;
      const asked = { method: "GET", path, body: null, wait_ms: wait_s * 1000, signal } as const;
      return v.parse(ChangesSchema, await again(asked));
    },
    async cancel(id, reason) {
      await post(packagePath(id, "cancel"), JSON.stringify({ reason }));
    },
    async prune(id, reason) {
      await post(packagePath(id, "prune"), JSON.stringify({ reason }));
    },
    async open(ids) {
      return v.parse(OpenSchema, await post("/v1/packages/open", JSON.stringify({ ids }))).open;
    },
  };
}

const OpenSchema = v.object({ open: v.array(v.string()) });
const ChangesSchema = v.object({
  seq: v.number(),
  // A hub of this very data root wrote them.
  events: v.array(v.custom<QueueEvent>((value) => typeof value === "object" && value !== null)),
});
const RefusalSchema = v.object({
  code: v.picklist(["usage", "duplicate", "policy-refused", "not-found", "try-later", "damaged"]),
  message: v.string(),
  hint: v.optional(v.string()),
});

interface Asked {
  method: "GET" | "POST";
  path: string;
  /** JSON. */
  body: string | null;
  /** The hub was asked to take so long. */
  wait_ms?: number;
  signal?: AbortSignal;
}

function silentHub(url: string): LabError {
  return new LabError("try-later", `the hub at ${url} does not answer`, {
    hint: "see whether its process is stopped, or its machine is overloaded",
  });
}

/** A 401 after the hub was started again: the endpoint file has the new token. */
class UnwelcomeError extends LabError {}

function mayPass(error: LabError): boolean {
  return error.code === "try-later" || error instanceof UnwelcomeError;
}

function refusalOf(status: number, text: string): LabError {
  const refusal = v.safeParse(RefusalSchema, parsed(text));
  if (!refusal.success) return new LabError("try-later", `the hub answered ${status}`);
  const { code, message, hint } = refusal.output;
  const options = hint === undefined ? {} : { hint };
  if (status === 401) return new UnwelcomeError(code, message, options);
  return new LabError(code, message, options);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function noHub(): LabError {
  return new LabError("try-later", "there is no hub for this data root", {
    hint: "start one with `labctl serve`, in another terminal or as a service",
  });
}
