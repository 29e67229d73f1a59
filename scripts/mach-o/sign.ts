import { pageDigests, readMachO } from "./load-commands.ts";

const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const VERSION = 0x20400;
const HEADER = 88;
const AD_HOC = 0x2;
const MAIN_BINARY = 1n;
const PAGE_SHIFT = 12;
const IDENTITY = Buffer.from("labctl\0");

/**
 * The same executable with an ad-hoc signature in place of the one it has, as `codesign --sign -` makes it. Bun 1.4.5
 * signs what it compiles for arm64, and leaves its own runtime's signature, which no longer fits, in x64 files.
 * (Apple, kern/cs_blobs.h)
 */
export function signMachO(bytes: Buffer): Buffer {
  const { text, linkedit, signature } = readMachO(bytes);
  if (signature === null) throw new Error("has no room for a signature");
  const limit = signature.at;
  const pages = Math.ceil(limit / 2 ** PAGE_SHIFT);
  const hashes = HEADER + IDENTITY.length;
  const directory = Buffer.alloc(hashes + 32 * pages);
  const blob = Buffer.alloc(20);
  const size = blob.length + directory.length;

  const signed = Buffer.alloc(limit + size);
  bytes.copy(signed, 0, 0, limit);
  // The header is on the first page, so it is put right before that is hashed.
  signed.writeUInt32LE(size, signature.command + 12);
  const linkeditBytes = limit + size - Number(signed.readBigUInt64LE(linkedit + 40));
  signed.writeBigUInt64LE(BigInt(Math.ceil(linkeditBytes / 0x4000) * 0x4000), linkedit + 32);
  signed.writeBigUInt64LE(BigInt(linkeditBytes), linkedit + 48);

  for (const [index, word] of [SUPER_BLOB, size, 1, 0, blob.length].entries()) {
    blob.writeUInt32BE(word, 4 * index);
  }
  const words = [
    CODE_DIRECTORY,
    directory.length,
    VERSION,
    AD_HOC,
    hashes,
    HEADER,
    0,
    pages,
    limit,
  ];
  for (const [index, word] of words.entries()) directory.writeUInt32BE(word, 4 * index);
  directory.set([32, 2, 0, PAGE_SHIFT], 36);
  directory.writeBigUInt64BE(signed.readBigUInt64LE(text + 40), 64);
  directory.writeBigUInt64BE(signed.readBigUInt64LE(text + 48), 72);
  directory.writeBigUInt64BE(MAIN_BINARY, 80);
  IDENTITY.copy(directory, HEADER);
  Buffer.concat(pageDigests(signed, limit, 2 ** PAGE_SHIFT)).copy(directory, hashes);
  blob.copy(signed, limit);
  directory.copy(signed, limit + blob.length);
  return signed;
}
