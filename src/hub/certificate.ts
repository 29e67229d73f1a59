import { createHash, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import { createOnce, ensureFolder, SECRET_MODE } from "../store/durable.ts";
import { readText } from "../store/read-text.ts";
import {
  derBits,
  derBoolean,
  derBytes,
  derExplicit,
  derImplicit,
  derInteger,
  derObjectId,
  derSequence,
  derSet,
  derText,
  derTime,
} from "./access/der.ts";

/** What a TLS server needs, as PEM, and by what its clients know it. */
export interface Certificate {
  cert: string;
  key: string;
  /** SHA-256 of the certificate as DER, in hexadecimal digits. */
  pin: string;
}

/**
 * The hub's own certificate: read from `registry/hub/certificate.pem`, or made, for good, so that
 * its pin stays. Nobody vouches for it; clients know it by its pin alone.
 */
export function hubCertificate(folder: string, names: readonly string[], now: Date): Certificate {
  const path = join(folder, "certificate.pem");
  ensureFolder(folder);
  if (readText(path) === null) createOnce(path, selfSigned(names, now), SECRET_MODE);
  return certificateOf(readText(path) ?? "", path);
}

/** Key and certificate of PEM text; throws LabError when there are none, or they do not fit. */
export function certificateOf(pem: string, path: string, keyPem = pem): Certificate {
  const cert = /-----BEGIN CERTIFICATE-----[\s\S]*-----END CERTIFICATE-----\n?/.exec(pem)?.[0];
  const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----\n?/.exec(
    keyPem,
  )?.[0];
  if (cert === undefined || key === undefined) {
    throw new LabError("usage", `${path} has no ${cert === undefined ? "certificate" : "key"}`, {
      hint: "give PEM files; one that labctl made may be deleted, and is made again with a new pin",
    });
  }
  return { cert, key, pin: pinOf(cert) };
}

/** Of the first certificate of PEM text. */
export function pinOf(cert: string): string {
  return createHash("sha256").update(new X509Certificate(cert).raw).digest("hex");
}

const ECDSA_WITH_SHA256 = derSequence(derObjectId("1.2.840.10045.4.3.2"));
/** Before 2050, where the short form of dates ends. */
const LAST_DAY = new Date("2049-12-31T23:59:59Z");
/** Clocks of workers may be behind. */
const EARLIER_MS = 30 * 86_400_000;

/** A certificate (X.509 v3, RFC 5280) of a new P-256 key, signed by that key, and the key. */
function selfSigned(names: readonly string[], now: Date): string {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = derSequence(derSet(derSequence(derObjectId("2.5.4.3"), derText("labctl hub"))));
  const content = derSequence(
    derExplicit(0, derInteger(Uint8Array.of(2))),
    derInteger(crypto.getRandomValues(new Uint8Array(16))),
    ECDSA_WITH_SHA256,
    name,
    derSequence(derTime(new Date(now.getTime() - EARLIER_MS)), derTime(LAST_DAY)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    derExplicit(3, extensions(names)),
  );
  const signature = sign("sha256", content, privateKey);
  const der = derSequence(content, ECDSA_WITH_SHA256, derBits(signature));
  const base64 = Buffer.from(der).toString("base64").replaceAll(/.{64}/g, "$&\n").trimEnd();
  return (
    `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n` +
    privateKey.export({ type: "pkcs8", format: "pem" })
  );
}

function extensions(names: readonly string[]): Uint8Array {
  const alternatives = names.map((name) =>
    isIP(name) === 0 ? derImplicit(2, Buffer.from(name)) : derImplicit(7, addressBytes(name)),
  );
  return derSequence(
    // Not an authority: it vouches for nothing but itself.
    extension("2.5.29.19", true, derSequence()),
    // digitalSignature
    extension("2.5.29.15", true, derBits(Uint8Array.of(0x80), 7)),
    ...(alternatives.length === 0
      ? []
      : [extension("2.5.29.17", false, derSequence(...alternatives))]),
  );
}

function extension(id: string, isCritical: boolean, content: Uint8Array): Uint8Array {
  const critical = isCritical ? [derBoolean(true)] : [];
  return derSequence(derObjectId(id), ...critical, derBytes(content));
}

/** An IP address as 4 or 16 bytes. */
function addressBytes(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split(".").map(Number));
  const groups = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  // The URL parser writes an embedded IPv4 address and zones in groups.
  const plain = new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const [left, right] = [groups(head), groups(tail ?? "")];
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0);
  return Uint8Array.from(
    [...left, ...(tail === undefined ? [] : zeros), ...right].flatMap((group) => [
      group >> 8,
      group & 0xff,
    ]),
  );
}
