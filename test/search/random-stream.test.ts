import { describe, expect, test } from "bun:test";
import { philox4x32, randomStream } from "../../src/search/random-stream.ts";

const hex = (words: readonly number[]): string[] =>
  words.map((word) => word.toString(16).padStart(8, "0"));

describe("philox4x32() gives the known answers of Random123", () => {
  test.each<[[number, number, number, number], [number, number], string[]]>([
    [
      [0, 0, 0, 0],
      [0, 0],
      ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      ["408f276d", "41c83b0e", "a20bc7c6", "6d5451fd"],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      ["d16cfe09", "94fdcceb", "5001e420", "24126ea1"],
    ],
  ])("counter %p", (counter, key, expected) => {
    expect(hex(philox4x32(counter, key))).toEqual(expected);
  });
});

const draws = (seed: number, index: number, purpose: string): number[] => {
  const stream = randomStream(seed, index, purpose);
  return Array.from({ length: 5 }, () => stream.uniform());
};

describe("randomStream()", () => {
  test("repeats for the same key, and is pinned", () => {
    expect(draws(1, 2, "random")).toEqual(draws(1, 2, "random"));
    const stream = randomStream(42, 7, "test");
    const seen = [stream.uniform(), stream.normal(), stream.integer(1000)];
    expect(seen).toEqual([0.18675399694342876, -0.45859455490391593, 164]);
  });

  test("differs when the seed, the index or the purpose does", () => {
    const streams = [
      draws(1, 2, "a"),
      draws(2, 2, "a"),
      draws(1, 3, "a"),
      draws(1, 2, "b"),
      draws(-1, 2, "a"),
      draws(1 + 2 ** 32, 2, "a"),
      draws(1, 2 + 2 ** 32, "a"),
    ];
    expect(new Set(streams.map(String)).size).toBe(streams.length);
  });

  test("is uniform and normal, over many indexes as along one stream", () => {
    const along = randomStream(5, 0, "along");
    const across = (index: number) => randomStream(5, index, "across");
    const sources = [
      { uniform: () => along.uniform(), normal: () => along.normal() },
      ...[0].map(() => {
        let index = 0;
        return { uniform: () => across(index++).uniform(), normal: () => across(index++).normal() };
      }),
    ];
    for (const source of sources) {
      const uniforms = Array.from({ length: 20_000 }, source.uniform);
      const normals = Array.from({ length: 20_000 }, source.normal);
      expect(mean(uniforms)).toBeCloseTo(0.5, 1.9);
      expect(mean(uniforms.map((u) => u * u))).toBeCloseTo(1 / 3, 1.9);
      expect(Math.abs(mean(normals))).toBeLessThan(0.03);
      expect(Math.abs(mean(normals.map((z) => z * z)) - 1)).toBeLessThan(0.05);
      expect(
        Math.abs(normals.filter((z) => Math.abs(z) > 1.96).length / 20_000 - 0.05),
      ).toBeLessThan(0.008);
    }
  });

  test("shuffle() keeps every element and leaves its input alone", () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8];
    const shuffled = randomStream(1, 1, "s").shuffle(items);
    expect(shuffled).not.toEqual(items);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
  });

  test("pick() reaches every element and refuses an empty list", () => {
    const stream = randomStream(1, 1, "p");
    expect(
      new Set(Array.from({ length: 100 }, () => stream.pick(["a", "b", undefined]))).size,
    ).toBe(3);
    expect(() => stream.pick([])).toThrow(RangeError);
  });
});

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
