import type { RandomStream } from "../random-stream.ts";

/**
 * Primitive polynomial and first direction numbers of dimensions 2 to 64, one a line: Joe and Kuo,
 * "Constructing Sobol sequences with better two-dimensional projections" (2008), new-joe-kuo-6.
 * The polynomial is written as the number whose bits are its coefficients.
 */
const JOE_KUO = `
3 1
7 1 3
11 1 3 1
13 1 1 1
19 1 1 3 3
25 1 3 5 13
37 1 1 5 5 17
41 1 1 5 5 5
47 1 1 7 11 19
55 1 1 5 1 1
59 1 1 1 3 11
61 1 3 5 5 31
67 1 3 3 9 7 49
91 1 1 1 15 21 21
97 1 3 1 13 27 49
103 1 1 1 15 7 5
109 1 3 1 15 13 25
115 1 1 5 5 19 61
131 1 3 7 11 23 15 103
137 1 3 7 13 13 15 69
143 1 1 3 13 7 35 63
145 1 3 5 9 1 25 53
157 1 3 1 13 9 35 107
167 1 3 1 5 27 61 31
171 1 1 5 11 19 41 61
185 1 3 5 3 3 13 69
191 1 1 7 13 1 19 1
193 1 3 7 5 13 19 59
203 1 1 3 9 25 29 41
211 1 3 5 13 23 1 55
213 1 3 7 3 13 59 17
229 1 3 1 3 5 53 69
239 1 1 5 5 23 33 13
241 1 1 7 7 1 61 123
247 1 1 7 9 13 61 49
253 1 3 3 5 3 55 33
285 1 3 1 15 31 13 49 245
299 1 3 5 15 31 59 63 97
301 1 3 1 11 11 11 77 249
333 1 3 1 11 27 43 71 9
351 1 1 7 15 21 11 81 45
355 1 3 7 3 25 31 65 79
357 1 3 1 1 19 11 3 205
361 1 1 5 9 19 21 29 157
369 1 3 7 11 1 33 89 185
391 1 3 3 3 15 9 79 71
397 1 3 7 11 15 39 119 27
425 1 1 3 1 11 31 97 225
451 1 1 1 3 23 43 57 177
463 1 3 7 7 17 17 37 71
487 1 3 1 5 27 63 123 213
501 1 1 3 5 11 43 53 133
529 1 3 5 5 29 17 47 173 479
539 1 3 3 11 3 1 109 9 69
545 1 1 1 5 17 39 23 5 343
557 1 3 1 5 25 15 31 103 499
563 1 1 1 11 11 17 63 105 183
601 1 1 5 11 9 29 97 231 363
607 1 1 5 15 19 45 41 7 383
617 1 3 7 7 31 19 83 137 221
623 1 1 1 3 23 15 111 223 83
631 1 1 5 13 31 15 55 25 161
637 1 1 3 13 25 47 39 87 257
`;

const BITS = 32;
const directions = [vanDerCorput(), ...JOE_KUO.trim().split("\n").map(directionNumbers)];

/** Dimensions that have direction numbers of their own; later ones are drawn at random. */
export const SOBOL_DIMENSIONS = directions.length;

/** Coordinate of point `index` of the Sobol sequence (natural order), as a 32-bit fraction. */
export function sobolBits(index: number, dimension: number): number {
  const numbers = directions[dimension];
  if (numbers === undefined) throw new RangeError(`Sobol has ${SOBOL_DIMENSIONS} dimensions`);
  let bits = 0;
  let rest = index;
  for (let bit = 0; rest > 0 && bit < BITS; bit++) {
    if (rest % 2 === 1) bits ^= numbers[bit]!;
    rest = Math.floor(rest / 2);
  }
  return bits >>> 0;
}

/** Rows `from` to `from + count - 1` of a scrambled Sobol sequence in the unit cube. */
export function sobolPoints(
  from: number,
  count: number,
  dimensions: number,
  stream: RandomStream,
): Float64Array[] {
  const seeds = Array.from({ length: dimensions }, () => stream.integer(2 ** 32));
  return Array.from({ length: count }, (_, row) =>
    Float64Array.from(seeds, (seed, dimension) =>
      dimension < SOBOL_DIMENSIONS
        ? (scramble(sobolBits(from + row, dimension), seed) + 0.5) / 2 ** 32
        : stream.uniform(),
    ),
  );
}

/** Owen scrambling by hashing: Burley, "Practical hash-based Owen scrambling" (JCGT 2020). */
function scramble(bits: number, seed: number): number {
  let x = (reverse(bits) + seed) | 0;
  x ^= Math.imul(x, 0x6c50b47c);
  x ^= Math.imul(x, 0xb82f1e52);
  x ^= Math.imul(x, 0xc7afe638);
  x ^= Math.imul(x, 0x8d22f6e6);
  return reverse(x);
}

function reverse(bits: number): number {
  let x = bits;
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}

function vanDerCorput(): Uint32Array {
  return Uint32Array.from({ length: 32 }, (_, bit) => 2 ** (31 - bit));
}

/** The recurrence of Bratley and Fox (1988), on numbers shifted to the top of 32 bits. */
function directionNumbers(line: string): Uint32Array {
  const [polynomial = 0, ...first] = line.split(" ").map(Number);
  const degree = first.length;
  const numbers = new Uint32Array(BITS);
  for (const [bit, number] of first.entries()) numbers[bit] = number * 2 ** (BITS - 1 - bit);
  for (let bit = degree; bit < BITS; bit++) {
    let number = numbers[bit - degree]! ^ (numbers[bit - degree]! >>> degree);
    for (let k = 1; k < degree; k++) {
      if ((polynomial >>> (degree - k)) & 1) number ^= numbers[bit - k]!;
    }
    numbers[bit] = number >>> 0;
  }
  return numbers;
}
