import { systemCode } from "../../domain/errors.ts";
import type { JsonValue } from "../../domain/types.ts";
import { ProviderFailure } from "../provider.ts";

export interface PostRequest {
  url: string;
  headers: Record<string, string>;
  body: JsonValue;
  timeout_ms: number;
  signal: AbortSignal;
}

export interface Posted {
  status: number;
  headers: Headers;
  /** Bytes that are no text replaced. */
  text: string;
}

/** An answer to a question about params or code is never nearly as long. */
export const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;

/**
 * Posts JSON and reads the response, whatever its status, within the time and up to
 * MAX_RESPONSE_BYTES. Redirects are not followed: they would carry the key elsewhere. Throws
 * ProviderFailure when there is no response.
 */
export async function postJson(request: PostRequest): Promise<Posted> {
  const { url, headers, body, signal } = request;
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(request.timeout_ms)));
  const place = new URL(url).origin;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.any([timeout, signal]),
    });
    const text = await readBounded(response, place);
    return { status: response.status, headers: response.headers, text };
  } catch (error) {
    if (error instanceof ProviderFailure) throw error;
    if (signal.aborted) throw new ProviderFailure("cancelled", "cancelled", { billed: true });
    if (timeout.aborted) {
      const seconds = request.timeout_ms / 1000;
      throw new ProviderFailure("timeout", `${place} did not answer in ${seconds} s`, {
        billed: true,
        hint: "raise agent_timeout_seconds, or try later",
      });
    }
    throw unreachable(place, error);
  }
}

/** Codes of a connection that was never made: nothing was sent, nothing is billed. */
const NOT_CONNECTED = [
  "ConnectionRefused",
  "ECONNREFUSED",
  "ENOTFOUND",
  "FailedToOpenSocket",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
];

function unreachable(place: string, error: unknown): ProviderFailure {
  const code = systemCode(error);
  const said = error instanceof Error ? error.message : String(error);
  return new ProviderFailure("outage", `cannot reach ${place}: ${code || said}`, {
    billed: !NOT_CONNECTED.includes(code),
    hint: "check agent_base_url and that the service runs",
  });
}

async function readBounded(response: Response, place: string): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES) {
      const limit = MAX_RESPONSE_BYTES / 1024 / 1024;
      throw new ProviderFailure("rejected", `${place} answered with more than ${limit} MiB`, {
        billed: true,
        hint: "check agent_base_url: this is no answer of a model",
      });
    }
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
