import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { isLoopback } from "../domain/dispatch/join-string.ts";
import { LabError, systemCode } from "../domain/errors.ts";
import { certificateOf, hubCertificate, type Certificate } from "./certificate.ts";

export interface AddressOptions {
  host: string;
  /** Plain HTTP although others can reach it. */
  insecure: boolean;
  /** Paths of PEM files; null: its own certificate, where one is needed. */
  cert: string | null;
  key: string | null;
}

/**
 * The certificate to listen with; null for plain HTTP, which is for this machine alone unless
 * `insecure`. `pin` is null when the certificate is one that others vouch for.
 */
export function tlsFor(
  folder: string,
  { host, insecure, cert, key }: AddressOptions,
  now: Date,
): { certificate: Certificate; pin: string | null } | null {
  if ((cert === null) !== (key === null)) {
    throw new LabError("usage", `--${cert === null ? "key" : "cert"} is given without the other`, {
      hint: "give both --cert and --key, as PEM files",
    });
  }
  if (cert !== null && key !== null) {
    if (insecure) throw new LabError("usage", "--insecure and --cert exclude each other");
    const certificate = certificateOf(pem(cert), cert, pem(key));
    const parsed = new X509Certificate(certificate.cert);
    return { certificate, pin: parsed.checkIssued(parsed) ? certificate.pin : null };
  }
  if (isLoopback(host) || insecure) return null;
  const certificate = hubCertificate(folder, ownNames(), now);
  return { certificate, pin: certificate.pin };
}

/** Where others reach what listens at `url`, and where this machine does. */
export function reachableUrls(url: string): { others: string; here: string } {
  const { hostname: host } = new URL(url);
  if (host !== "0.0.0.0" && host !== "[::]") return { others: url, here: url };
  const at = (name: string): string => url.replace(host, name);
  const [address] = ownAddresses().filter((one) => !one.includes(":"));
  return { others: at(address ?? hostname()), here: at("127.0.0.1") };
}

function ownNames(): string[] {
  return [hostname(), "localhost", "127.0.0.1", ...ownAddresses()];
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith("fe80"))
    .map(({ address }) => address);
}

function pem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new LabError("usage", `cannot read ${path} (${systemCode(error)})`, {
      hint: "give a PEM file that this user may read",
    });
  }
}
