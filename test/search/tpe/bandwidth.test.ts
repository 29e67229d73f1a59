import { describe, expect, test } from "bun:test";
import { randomStream } from "../../../src/search/random-stream.ts";
import { neighbourBandwidths } from "../../../src/search/tpe/bandwidth.ts";

/** The rule as it is defined, by sorting. */
function bySorting(positions: readonly number[], narrowest: number): number[] {
  const order = positions.map((_, i) => i).filter((i) => !Number.isNaN(positions[i]));
  order.sort((a, b) => (positions[a] ?? 0) - (positions[b] ?? 0));
  const widths = positions.map(() => Number.NaN);
  for (const [place, i] of order.entries()) {
    const at = positions[i] ?? 0;
    const before = positions[order[place - 1] ?? -1] ?? (order.length === 1 ? 0 : at);
    const after = positions[order[place + 1] ?? -1] ?? (order.length === 1 ? 1 : at);
    widths[i] = Math.max(narrowest, at - before, after - at);
  }
  return widths;
}

describe("neighbourBandwidths()", () => {
  test("is what sorting gives, for any positions, ties and gaps", () => {
    const stream = randomStream(1, 0, "bandwidths");
    for (let round = 0; round < 300; round++) {
      const count = 1 + stream.integer(60);
      const grid = 1 + stream.integer(40);
      const positions = Array.from({ length: count }, () => {
        if (stream.chance(0.1)) return Number.NaN;
        return stream.chance(0.5) ? stream.uniform() : (stream.integer(grid) + 0.5) / grid;
      });
      const narrowest = 1 / (2 + stream.integer(99));
      const widths = neighbourBandwidths(Float64Array.from(positions), narrowest);
      for (const [i, expected] of bySorting(positions, narrowest).entries()) {
        if (Number.isNaN(expected)) expect(widths[i]).toBeNaN();
        else expect(widths[i]).toBeCloseTo(expected, 12);
      }
    }
  });

  test("has nothing to say about nothing", () => {
    expect(neighbourBandwidths(new Float64Array(), 0.1)).toEqual(new Float64Array());
    const [width] = neighbourBandwidths(Float64Array.of(Number.NaN), 0.1);
    expect(width).toBeNaN();
  });
});
