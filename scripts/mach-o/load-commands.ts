const MAGIC_64 = 0xfeedfacf;
const EXECUTE = 2;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const CPUS: Record<number, "x64" | "arm64"> = { 0x01000007: "x64", 0x0100000c: "arm64" };

/** Where a macOS executable keeps what its signature is about. Offsets in bytes from its begin. */
export interface MachO {
  cpu: "x64" | "arm64";
  /** The load command of segment __TEXT. */
  text: number;
  /** The load command of segment __LINKEDIT, at whose end the signature lies. */
  linkedit: number;
  /** The load command that says where the signature is, and that place. */
  signature: { command: number; at: number } | null;
}

/** Reads the load commands of a 64-bit executable; throws what is wrong with it. (Apple, mach-o/loader.h) */
export function readMachO(bytes: Buffer): MachO {
  if (bytes.length < 32 || bytes.readUInt32LE(0) !== MAGIC_64)
    throw new Error("is no 64-bit Mach-O file");
  const cpu = CPUS[bytes.readUInt32LE(4)];
  if (cpu === undefined) throw new Error("is for an unknown CPU");
  if (bytes.readUInt32LE(12) !== EXECUTE) throw new Error("is no executable");
  const segments = new Map<string, number>();
  let signature: MachO["signature"] = null;
  let at = 32;
  for (let left = bytes.readUInt32LE(16); left > 0; left--) {
    const kind = bytes.readUInt32LE(at);
    if (kind === LC_SEGMENT_64) {
      segments.set(bytes.toString("latin1", at + 8, at + 24).replaceAll("\0", ""), at);
    }
    if (kind === LC_CODE_SIGNATURE) signature = { command: at, at: bytes.readUInt32LE(at + 8) };
    at += bytes.readUInt32LE(at + 4);
  }
  const [text, linkedit] = [segments.get("__TEXT"), segments.get("__LINKEDIT")];
  if (text === undefined || linkedit === undefined) throw new Error("lacks __TEXT or __LINKEDIT");
  return { cpu, text, linkedit, signature };
}

/** The digests that a signature has for the pages of what lies in front of it. */
export function pageDigests(bytes: Buffer, limit: number, pageBytes: number): Buffer[] {
  const digests: Buffer[] = [];
  for (let start = 0; start < limit; start += pageBytes) {
    const page = bytes.subarray(start, Math.min(start + pageBytes, limit));
    digests.push(new Bun.CryptoHasher("sha256").update(page).digest());
  }
  return digests;
}
