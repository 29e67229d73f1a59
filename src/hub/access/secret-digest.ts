import { createHmac, timingSafeEqual } from "node:crypto";

/** SHA-256 as hexadecimal digits. Secrets are 256 random bits, so nothing slower is needed. */
export function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

/** HMAC-SHA-256 as hexadecimal digits. */
export function hmac(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("hex");
}

/** Compares hexadecimal digits in a time that does not tell how many are right. */
export function isSameDigest(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
