import type { GenericSchema, InferOutput } from "valibot";

/**
 * Who may do what. `admin` may do everything; `submit` gives packages and looks; `read` looks;
 * `join` is good for one POST /v1/workers; `worker` is one worker; `attempt` is one attempt of it.
 */
export const SCOPES = ["admin", "submit", "read", "join", "worker", "attempt"] as const;
export type Scope = (typeof SCOPES)[number];

/** Whoever a token belongs to. */
export type Holder =
  | { scope: "admin" | "submit" | "read"; id: string }
  | { scope: "join"; id: string }
  | { scope: "worker"; worker: string }
  | { scope: "attempt"; attempt: string };

/** Whoever makes a request: `anybody` on a route that asks for no token. */
export type Identity = Holder | { scope: "anybody" };

export interface HubRequest {
  identity: Identity;
  /** Values of the `:names` in the pattern, decoded. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  headers: Headers;
  /**
   * The body as JSON of at most MAX_JSON_BYTES, checked; throws LabError `usage` with the place of
   * the first problem.
   */
  json: <S extends GenericSchema>(schema: S) => Promise<InferOutput<S>>;
  /** As json(), with the text as it came. */
  document: <S extends GenericSchema>(
    schema: S,
  ) => Promise<{ text: string; value: InferOutput<S> }>;
  /** The body as it arrives, at most `limit` bytes of it. */
  chunks: (limit: number) => AsyncIterable<Uint8Array>;
  /** Aborted when the client went away or the hub stops. */
  signal: AbortSignal;
}

/** One endpoint. What it throws becomes a Refusal: see hub/refuse.ts. */
export interface Route {
  method: "GET" | "POST" | "PUT" | "PATCH" | "HEAD";
  /** `/v1/attempts/:attempt/complete` */
  pattern: string;
  /** Besides admin. */
  scopes: readonly Exclude<Scope, "admin">[];
  /** Anybody may ask, without a token. */
  open?: true;
  /** Its response is a file or a stream, which may take any time. */
  streams?: true;
  handle(request: HubRequest): Promise<Response>;
}
