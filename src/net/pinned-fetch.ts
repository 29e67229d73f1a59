import { createHash } from "node:crypto";
import { connect, type DetailedPeerCertificate, type PeerCertificate } from "node:tls";
import { isLoopback } from "../domain/dispatch/join-string.ts";
import { LabError, systemCode } from "../domain/errors.ts";

/** A hub as its clients know it. */
export interface HubAddress {
  /** Without a path. */
  url: string;
  /** SHA-256 of its certificate; null: plain HTTP, or a certificate that the system trusts. */
  pin: string | null;
}

/**
 * As fetch(), for one hub. Throws LabError `try-later` when it cannot be reached, `policy-refused`
 * when whoever answers is not that hub, and AbortError when `signal` says so.
 */
export type HubFetch = (path: string, init?: RequestInit) => Promise<Response>;

/**
 * Every connection is held to the pin: the certificate is looked at once, is then the only one that
 * fetch() trusts, and is compared again in each handshake. Names and dates in it do not matter.
 */
export function openHubFetch({ url, pin }: HubAddress): HubFetch {
  // A proxy of the environment is for the internet: it cannot reach this machine, and the look at a
  // certificate goes without one.
  const direct = pin !== null || isLoopback(new URL(url).hostname);
  const plain = (init: RequestInit = {}): RequestInit => {
    // Tokens follow no redirect.
    return { ...init, redirect: "error", ...(direct ? { proxy: false } : {}) };
  };
  if (pin === null) return (path, init) => reached(url, () => fetch(url + path, plain(init)));
  let trusted: Promise<BunFetchRequestInitTLS> | null = null;

  return async (path, init) => {
    const tls = await (trusted ??= trust(url, pin).catch((error: unknown) => {
      trusted = null;
      throw error;
    }));
    return reached(url, async () => {
      try {
        return await fetch(url + path, { ...plain(init), tls });
      } catch (error) {
        // Perhaps it has another certificate now: then say so.
        if (isDistrust(error)) await trust(url, pin);
        throw error;
      }
    });
  };
}

async function trust(url: string, pin: string): Promise<BunFetchRequestInitTLS> {
  const certificate = await reached(url, () => peerCertificate(new URL(url)));
  const seen = pinOf(certificate);
  if (seen !== pin) throw otherHub(url, seen, pin);
  return {
    ca: `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64")}\n-----END CERTIFICATE-----\n`,
    checkServerIdentity: (_host: string, peer: PeerCertificate) =>
      pinOf(peer.raw) === pin ? undefined : otherHub(url, pinOf(peer.raw), pin),
  };
}

/** Of whoever listens there, as DER, without any trust in it. */
function peerCertificate({ hostname, port }: URL): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const host = hostname.replace(/^\[|\]$/g, "");
  const socket = connect({
    host,
    port: port === "" ? 443 : Number(port),
    rejectUnauthorized: false,
    timeout: HANDSHAKE_MS,
  });
  socket.once("secureConnect", () => {
    const peer: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
    if (peer?.raw === undefined) reject(new Error("it showed no certificate"));
    else resolve(peer.raw);
    socket.destroy();
  });
  socket.once("timeout", () => {
    reject(new Error("it does not answer"));
    socket.destroy();
  });
  socket.once("error", reject);
  return promise;
}

const HANDSHAKE_MS = 10_000;

function pinOf(certificate: Uint8Array): string {
  return createHash("sha256").update(certificate).digest("hex");
}

function otherHub(url: string, seen: string, pin: string): LabError {
  const short = (text: string): string => text.slice(0, 12);
  return new LabError(
    "policy-refused",
    `${url} shows another certificate: its pin is ${short(seen)}..., expected ${short(pin)}...`,
    {
      hint: "if the hub was set up anew, get a new join string from it; else somebody is in between",
    },
  );
}

function isDistrust(error: unknown): boolean {
  return /CERT|SIGNATURE|SELF_SIGNED|VERIFY/.test(systemCode(error));
}

async function reached<T>(url: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof LabError) throw error;
    if (error instanceof Error && error.name === "AbortError") throw error;
    const why = systemCode(error) || (error instanceof Error ? error.message : String(error));
    throw new LabError("try-later", `cannot reach the hub at ${url} (${why})`, {
      hint: "see that `labctl serve` runs there and that this machine may connect to its port",
      cause: error,
    });
  }
}
