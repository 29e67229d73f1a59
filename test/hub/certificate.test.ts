import { expect, test } from "bun:test";
import { createPublicKey, X509Certificate } from "node:crypto";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { certificateOf, hubCertificate } from "../../src/hub/certificate.ts";
import { tempDir } from "../helpers/temp.ts";

const NOW = new Date("2026-11-27T12:00:00Z");

test("a hub makes one certificate, for good, and keeps it to itself", () => {
  using dir = tempDir();
  const first = hubCertificate(dir.path, ["node1"], NOW);
  expect(hubCertificate(dir.path, ["node2"], new Date("2030-01-01T00:00:00Z"))).toEqual(first);
  expect(statSync(join(dir.path, "certificate.pem")).mode & 0o077).toBe(0);
});

test("it is a certificate of its names, signed by its own key", () => {
  using dir = tempDir();
  const names = ["node1.example", "10.0.200.1", "::1", "fe80::12:3", "::ffff:10.0.0.1"];
  const { cert, key, pin } = hubCertificate(dir.path, names, NOW);
  const parsed = new X509Certificate(cert);
  expect(parsed.verify(parsed.publicKey)).toBeTrue();
  expect(createPublicKey(key).export({ type: "spki", format: "pem" })).toEqual(
    parsed.publicKey.export({ type: "spki", format: "pem" }),
  );
  expect(parsed.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  expect(parsed.ca).toBeFalse();
  expect(parsed.fingerprint256.replaceAll(":", "").toLowerCase()).toBe(pin);
  expect(parsed.checkHost("node1.example")).toBe("node1.example");
  for (const address of names.slice(1, 4)) expect(parsed.checkIP(address)).toBe(address);
  expect(parsed.subjectAltName).toEndWith("IP Address:0:0:0:0:0:FFFF:A00:1");
  expect(new Date(parsed.validFrom).getTime()).toBeLessThan(NOW.getTime());
  expect(new Date(parsed.validTo).getUTCFullYear()).toBe(2049);
});

test("serial numbers of any first digit are well formed", () => {
  using dir = tempDir();
  for (let count = 0; count < 20; count++) {
    const { cert } = hubCertificate(join(dir.path, String(count)), [], NOW);
    expect(new X509Certificate(cert).serialNumber).toMatch(/^[0-9A-F]+$/);
  }
});

test("a file that holds neither certificate nor key is said so", () => {
  using dir = tempDir();
  const path = join(dir.path, "certificate.pem");
  writeFileSync(path, "something else");
  expect(() => hubCertificate(dir.path, [], NOW)).toThrow(`${path} has no certificate`);
  using other = tempDir();
  const { cert } = hubCertificate(other.path, [], NOW);
  expect(() => certificateOf(cert, "mine.pem")).toThrow("mine.pem has no key");
});
