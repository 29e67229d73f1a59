import { describe, expect, test } from "bun:test";
import { describeMachO } from "../../scripts/mach-o/check.ts";
import { signMachO } from "../../scripts/mach-o/sign.ts";

const LINKEDIT = 0x5000;

/** An x64 executable of two segments whose signature, of 64 bytes, fits nothing. */
function executable(): Buffer {
  const bytes = Buffer.alloc(LINKEDIT + 0x100 + 64, 7).fill(0, 0, 0x200);
  const words = [0xfeedfacf, 0x01000007, 3, 2, 3, 72 + 72 + 16];
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, 4 * index);
  segment(bytes, 32, "__TEXT", 0, LINKEDIT);
  segment(bytes, 104, "__LINKEDIT", LINKEDIT, 0x100 + 64);
  const command = [0x1d, 16, LINKEDIT + 0x100, 64];
  for (const [index, word] of command.entries()) bytes.writeUInt32LE(word, 176 + 4 * index);
  return bytes;
}

function segment(bytes: Buffer, at: number, name: string, from: number, size: number): void {
  bytes.writeUInt32LE(0x19, at);
  bytes.writeUInt32LE(72, at + 4);
  bytes.write(name, at + 8, "latin1");
  bytes.writeBigUInt64LE(BigInt(from), at + 40);
  bytes.writeBigUInt64LE(BigInt(size), at + 48);
}

describe("signMachO()", () => {
  test("replaces a signature that fits nothing by one that fits every page", () => {
    expect(() => describeMachO(executable())).toThrow("its signature is damaged");
    const signed = signMachO(executable());
    expect(describeMachO(signed)).toBe(
      "Mach-O executable, x64, ad-hoc signature, 6 pages as signed",
    );
    expect(signMachO(signed)).toEqual(signed);
  });

  test.each([0x210, 0x4fff, LINKEDIT + 0xff])("covers the byte at %i", (at) => {
    const signed = signMachO(executable());
    signed[at] = 1;
    expect(() => describeMachO(signed)).toThrow("is not as it was signed");
  });

  test("refuses what is no macOS executable", () => {
    expect(() => signMachO(Buffer.from("#!/bin/sh\n"))).toThrow("is no 64-bit Mach-O file");
  });
});
