/**
 * `bun scripts/mach-o/check.ts FILE`: says what a macOS executable is, and checks its signature as the kernel does when it
 * loads a page: the SHA-256 of every page against the CodeDirectory. Exits 1 when one does not fit.
 */
import { readFileSync } from "node:fs";
import { pageDigests, readMachO } from "./load-commands.ts";

const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const AD_HOC = 0x2;
const SHA256 = 2;

if (import.meta.main) {
  const file = process.argv[2] ?? "";
  try {
    console.log(describeMachO(readFileSync(file)));
  } catch (error) {
    console.error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

/** One line about the executable; throws what macOS would refuse it for. */
export function describeMachO(bytes: Buffer): string {
  const { cpu, linkedit, signature } = readMachO(bytes);
  if (signature === null) throw new Error("has no signature");
  const end = Number(bytes.readBigUInt64LE(linkedit + 40) + bytes.readBigUInt64LE(linkedit + 48));
  const signatureEnd = signature.at + bytes.readUInt32LE(signature.command + 12);
  if (end !== bytes.length || signatureEnd !== end)
    throw new Error("does not end with its signature");
  return `Mach-O executable, ${cpu}, ${checkSignature(bytes, signature.at)}`;
}

function checkSignature(bytes: Buffer, at: number): string {
  if (bytes.readUInt32BE(at) !== SUPER_BLOB) throw new Error("its signature is damaged");
  for (let index = 0; index < bytes.readUInt32BE(at + 8); index++) {
    const blob = at + bytes.readUInt32BE(at + 12 + index * 8 + 4);
    if (bytes.readUInt32BE(blob) === CODE_DIRECTORY) return checkPages(bytes, blob);
  }
  throw new Error("its signature has no CodeDirectory");
}

function checkPages(bytes: Buffer, directory: number): string {
  const flags = bytes.readUInt32BE(directory + 12);
  const hashes = directory + bytes.readUInt32BE(directory + 16);
  const pages = bytes.readUInt32BE(directory + 28);
  const [size, type, , shift = 0] = bytes.subarray(directory + 36, directory + 40);
  if (type !== SHA256 || size !== 32) throw new Error("its pages are not signed by SHA-256");
  const digests = pageDigests(bytes, bytes.readUInt32BE(directory + 32), 2 ** shift);
  if (pages !== digests.length) throw new Error("its signature misses pages");
  const signed = (page: number): Buffer =>
    bytes.subarray(hashes + 32 * page, hashes + 32 * page + 32);
  const wrong = digests.findIndex((digest, page) => !digest.equals(signed(page)));
  if (wrong >= 0) throw new Error(`page ${wrong} of ${pages} is not as it was signed`);
  const kind = (flags & AD_HOC) === 0 ? "signed" : "ad-hoc signature";
  return `${kind}, ${pages} pages as signed`;
}
