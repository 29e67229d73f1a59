import { ln } from "../domain/space/portable-log.ts";

/** Random numbers that depend on nothing but the key they were opened with. */
export interface RandomStream {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Whole number from 0 to n - 1. */
  integer(n: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** One element; throws RangeError when there is none. */
  pick<T>(items: readonly T[]): T;
  /** The elements in a random order, as a new array. */
  shuffle<T>(items: readonly T[]): T[];
}

/**
 * The stream of one trial: the same (seed, index, purpose) gives the same numbers on every
 * platform and in whatever order trials are proposed. Counter-based: Philox4x32-10 with the seed
 * as its key and (block, index, purpose) as its counter.
 */
export function randomStream(seed: number, index: number, purpose: string): RandomStream {
  const purposeHash = fnv1a(purpose);
  const words: number[] = [];
  let block = 0;

  const word = (): number => {
    if (words.length === 0) {
      words.push(
        ...philox4x32(
          [block, low32(index), high32(index), purposeHash],
          [low32(seed), high32(seed)],
        ),
      );
      block++;
    }
    return words.shift() ?? 0;
  };
  const uniform = (): number => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53;
  const integer = (n: number): number => Math.floor(uniform() * n);

  /** Marsaglia's polar method, with the portable logarithm. */
  const normal = (): number => {
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * ln(square)) / square);
    }
  };
  const pick = <T>(items: readonly T[]): T => {
    const chosen = integer(items.length);
    for (const item of items.slice(chosen, chosen + 1)) return item;
    throw new RangeError("Cannot pick from an empty list");
  };
  const shuffle = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => ({ item, place: uniform() }))
      .sort((a, b) => a.place - b.place)
      .map(({ item }) => item);
  const chance = (probability: number): boolean => uniform() < probability;
  return { uniform, normal, integer, chance, pick, shuffle };
}

type Four = readonly [number, number, number, number];

/**
 * Philox4x32-10: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
 * (SC11). Words are unsigned 32-bit. Agrees with the known answers of Random123.
 */
export function philox4x32(counter: Four, key: readonly [number, number]): Four {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0) >>> 0;
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Upper 32 bits of the 64-bit product of two unsigned 32-bit words. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return aHigh * bHigh + (middle >>> 16) + (carry >>> 16);
}

function low32(value: number): number {
  return value >>> 0;
}

function high32(value: number): number {
  return Math.floor(value / 2 ** 32) >>> 0;
}

/** FNV-1a over UTF-16 code units (Fowler, Noll and Vo): turns a purpose into 32 bits. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash;
}
