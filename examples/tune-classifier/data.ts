import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { randomNumbers, shuffle } from "./random.ts";

export const PIXELS = 64;
export const CLASSES = 10;

export interface Digits {
  /** PIXELS values in [0, 1] for each digit, one digit after the other. */
  pixels: Float64Array;
  labels: Uint8Array;
}

export interface Split {
  /** Row numbers to learn from. */
  learn: Uint16Array;
  /** Row numbers to be judged on; none of them is in `learn`. */
  judge: Uint16Array;
}

/** Reads digits.csv.gz: 64 pixels of 0 to 16 and the digit on each line. */
export function loadDigits(file: string | URL): Digits {
  const lines = gunzipSync(readFileSync(file)).toString().trim().split("\n");
  const pixels = new Float64Array(lines.length * PIXELS);
  const labels = new Uint8Array(lines.length);
  for (const [row, line] of lines.entries()) {
    const numbers = line.split(",").map(Number);
    for (let at = 0; at < PIXELS; at++) pixels[row * PIXELS + at] = numbers[at] / 16;
    labels[row] = numbers[PIXELS];
  }
  return { pixels, labels };
}

/**
 * Sets a fifth of the rows aside as the test part and cuts the rest into `folds` splits. The same
 * rows for every run, whatever its seed, so that scores of different runs can be compared.
 */
export function splitRows(count: number, folds: number): { test: Split; folds: Split[] } {
  const inOrder = Uint16Array.from({ length: count }, (_, row) => row);
  const rows = shuffle(inOrder, randomNumbers(1));
  const testCount = Math.round(count / 5);
  const learn = rows.slice(testCount);
  return {
    test: { learn, judge: rows.slice(0, testCount) },
    folds: Array.from({ length: folds }, (_, fold) => ({
      learn: learn.filter((_row, position) => position % folds !== fold),
      judge: learn.filter((_row, position) => position % folds === fold),
    })),
  };
}
