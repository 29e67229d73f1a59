/** DER, as much of it as a certificate needs (ITU-T X.690). Each function returns one encoded value. */

export function derSequence(...items: Uint8Array[]): Uint8Array {
  return value(0x30, Buffer.concat(items));
}

export function derSet(...items: Uint8Array[]): Uint8Array {
  return value(0x31, Buffer.concat(items));
}

/** A context-specific value `[tag]`, constructed of others. */
export function derExplicit(tag: number, ...items: Uint8Array[]): Uint8Array {
  return value(0xa0 | tag, Buffer.concat(items));
}

/** A context-specific value `[tag]` that holds bytes. */
export function derImplicit(tag: number, bytes: Uint8Array): Uint8Array {
  return value(0x80 | tag, bytes);
}

/** Of big-endian bytes, taken as not negative. */
export function derInteger(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  const isHigh = (digits[0] ?? 0) >= 0x80;
  return value(0x02, isHigh ? Buffer.concat([Uint8Array.of(0), digits]) : digits);
}

export function derBoolean(is: boolean): Uint8Array {
  return value(0x01, Uint8Array.of(is ? 0xff : 0));
}

export function derBits(bytes: Uint8Array, unused = 0): Uint8Array {
  return value(0x03, Buffer.concat([Uint8Array.of(unused), bytes]));
}

export function derBytes(bytes: Uint8Array): Uint8Array {
  return value(0x04, bytes);
}

export function derText(text: string): Uint8Array {
  return value(0x0c, Buffer.from(text));
}

/** `1.2.840.10045.4.3.2` */
export function derObjectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return value(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** UTCTime, which is for the years 1950 to 2049 (RFC 5280, 4.1.2.5). */
export function derTime(at: Date): Uint8Array {
  const text = at.toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return value(0x17, Buffer.from(text.slice(2)));
}

function base128(number: number): number[] {
  const digits = [number & 0x7f];
  for (let rest = number >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

function value(tag: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(tag), length(content.length), content]);
}

function length(bytes: number): Uint8Array {
  if (bytes < 0x80) return Uint8Array.of(bytes);
  const digits: number[] = [];
  for (let rest = bytes; rest > 0; rest >>>= 8) digits.unshift(rest & 0xff);
  return Uint8Array.from([0x80 | digits.length, ...digits]);
}
