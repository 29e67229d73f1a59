import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { readLines, type InputLine } from "../../src/cli/read-lines.ts";

async function linesOf(chunks: readonly Uint8Array[], limit = 100): Promise<InputLine[]> {
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  return Array.fromAsync(readLines(stream(), limit));
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("readLines() gives the same lines however the bytes arrive", async () => {
  const text = fc.string({ unit: fc.constantFrom("a", "\n", "é", "{") });
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(40)), async (whole, cuts) => {
      const all = bytes(whole);
      const places = [0, ...cuts.filter((cut) => cut < all.length).toSorted((a, b) => a - b)];
      const chunks = places.map((place, index) => all.subarray(place, places[index + 1]));
      const expected = whole.split("\n");
      if (expected.at(-1) === "") expected.pop();
      expect(await linesOf(chunks)).toEqual(expected.map((line) => ({ kind: "line", text: line })));
    }),
    { numRuns: 100 },
  );
});

test("readLines() drops a line over the limit, says how long it was, and goes on", async () => {
  const chunks = ["12345", "67890", "12\nab", "c\n"].map(bytes);
  expect(await linesOf(chunks, 10)).toEqual([
    { kind: "too-long", bytes: 12 },
    { kind: "line", text: "abc" },
  ]);
});

test("readLines() tells bytes that are no UTF-8 from text", async () => {
  expect(await linesOf([new Uint8Array([255, 254, 10, 65, 10])])).toEqual([
    { kind: "not-utf8" },
    { kind: "line", text: "A" },
  ]);
});
