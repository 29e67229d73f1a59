import { describe, expect, test } from "bun:test";
import { generationName, parseLease, readGenerations } from "../../src/domain/lease.ts";

const LEASE = {
  lease_id: "LEASE-1",
  experiment: "alpha",
  generation: 7,
  command: "burst",
  acquired_at: "2026-11-23T18:10:37.000Z",
  host: "h",
  boot: "b",
  pid: 12,
  start: "34",
};

describe("parseLease()", () => {
  test("reads its own form and nothing else", () => {
    expect(parseLease(JSON.stringify(LEASE))).toEqual(LEASE);
    for (const text of ["", "{", "null", "[]", "{}", JSON.stringify({ ...LEASE, pid: "12" })]) {
      expect(parseLease(text)).toBeNull();
    }
  });
});

describe("readGenerations()", () => {
  test("finds the highest generation and whether it was given back", () => {
    const named = (...names: string[]) => readGenerations(names);
    expect(named()).toEqual({ highest: 0, released: false, all: [] });
    expect(named("00000002.json", "00000001.released", "00000001.json")).toEqual({
      highest: 2,
      released: false,
      all: [1, 2],
    });
    expect(named("00000009.json", "00000010.json", "00000010.released").released).toBe(true);
    // A pruned file or one lost in a power loss: its sibling still names the generation.
    expect(named("00000003.released")).toEqual({ highest: 3, released: true, all: [3] });
  });

  test("passes over foreign names", () => {
    const names = [".tmp-1-2-3", "info.json", "7.json", "00000001.json~", "x00000001.json"];
    expect(readGenerations(names).highest).toBe(0);
  });

  test("reads every name that generationName() makes, also beyond eight digits", () => {
    for (const generation of [1, 99_999_999, 100_000_000]) {
      const name = `${generationName(generation)}.json`;
      expect(readGenerations([name]).highest).toBe(generation);
    }
    expect(generationName(7)).toBe("00000007");
  });
});
