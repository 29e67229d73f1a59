import { join } from "node:path";
import * as v from "valibot";
import { lazily } from "../domain/lazily.ts";
import type { ProcessIdentity } from "../ports.ts";
import { removeIfThere, replaceFile, SECRET_MODE } from "../store/durable.ts";
import { readText } from "../store/read-text.ts";

/**
 * How commands on the hub's own machine find it: `registry/hub/endpoint.json`, which only its owner
 * may read. There while a hub runs, and after one was killed.
 */
export interface Endpoint {
  url: string;
  pin: string | null;
  /** What other machines are told. */
  join: { url: string; pin: string | null };
  /** Of scope admin. */
  token: string;
  process: ProcessIdentity;
  started_at: string;
}

const EndpointSchema = lazily(() =>
  v.object({
    url: v.string(),
    pin: v.nullable(v.string()),
    join: v.object({ url: v.string(), pin: v.nullable(v.string()) }),
    token: v.string(),
    process: v.object({ host: v.string(), boot: v.string(), pid: v.number(), start: v.string() }),
    started_at: v.string(),
  }),
);

/** `folder` is registry/hub. null when there is none, or it is unreadable. */
export function readEndpoint(folder: string): Endpoint | null {
  const text = readText(endpointPath(folder));
  if (text === null) return null;
  try {
    const parsed = v.safeParse(EndpointSchema(), JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

export function writeEndpoint(folder: string, endpoint: Endpoint): void {
  replaceFile(endpointPath(folder), `${JSON.stringify(endpoint, null, 2)}\n`, SECRET_MODE);
}

export function removeEndpoint(folder: string): void {
  removeIfThere(endpointPath(folder));
}

function endpointPath(folder: string): string {
  return join(folder, "endpoint.json");
}
