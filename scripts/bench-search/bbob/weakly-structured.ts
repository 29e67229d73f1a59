import { rotate } from "../place.ts";
import type { Definition } from "./definition.ts";
import { drawPeaks, gallagher } from "./gallagher.ts";
import { minus, penalty, stretch, sum } from "./transforms.ts";

/** Where Schwefel's sine term is best, in hundredths. */
const SCHWEFEL_BEST = 4.2096874633;
/** Lunacek's two funnels: where the good one is, and how far the other lies above it. */
const GOOD_FUNNEL = 2.5;
const FUNNEL_GAP = 1;

/** f20 to f24: many optima, and little that leads to the best. */
export const WEAKLY_STRUCTURED: readonly Definition[] = [
  {
    number: 20,
    name: "schwefel",
    land({ place }) {
      const signs = place.map((value) => Math.sign(value));
      const optimum = signs.map((sign) => (sign * SCHWEFEL_BEST) / 2);
      const doubled = optimum.map((value) => 2 * Math.abs(value));
      const floor = schwefelTerms(doubled.map((value) => 100 * value));
      return {
        optimum,
        value(x) {
          const mirrored = x.map((value, at) => 2 * (signs[at] ?? 1) * value);
          const chained = minus(
            mirrored.map((value, at) =>
              at === 0 ? value : value + 0.25 * ((mirrored[at - 1] ?? 0) - (doubled[at - 1] ?? 0)),
            ),
            doubled,
          );
          const z = stretch(chained, 10).map((value, at) => 100 * (value + (doubled[at] ?? 0)));
          const outside = penalty(z.map((value) => value / 100));
          return floor - schwefelTerms(z) + 100 * outside;
        },
      };
    },
  },
  {
    number: 21,
    name: "gallagher-101",
    land: (draw) => gallagher(drawPeaks(draw, { count: 101, condition: 1000, reach: 5 }), draw.r),
  },
  {
    number: 22,
    name: "gallagher-21",
    land: (draw) => gallagher(drawPeaks(draw, { count: 21, condition: 1e6, reach: 4.9 }), draw.r),
  },
  {
    number: 23,
    name: "katsuura",
    land: ({ place, r, q }) => ({
      optimum: place,
      value(x) {
        const z = rotate(q, stretch(rotate(r, minus(x, place)), 100));
        const scale = 10 / z.length ** 2;
        const product = z.reduce(
          (total, value, at) => total * (1 + (at + 1) * roughness(value)) ** (10 / z.length ** 1.2),
          1,
        );
        return scale * (product - 1) + penalty(x);
      },
    }),
  },
  {
    number: 24,
    name: "lunacek-bi-rastrigin",
    land({ place, r, q }) {
      const signs = place.map((value) => Math.sign(value));
      const dimensions = place.length;
      const s = 1 - 1 / (2 * Math.sqrt(dimensions + 20) - 8.2);
      const bad = -Math.sqrt((GOOD_FUNNEL ** 2 - FUNNEL_GAP) / s);
      return {
        optimum: signs.map((sign) => (sign * GOOD_FUNNEL) / 2),
        value(x) {
          const mirrored = x.map((value, at) => 2 * (signs[at] ?? 1) * value);
          const fromGood = mirrored.map((value) => value - GOOD_FUNNEL);
          const inGood = sum(fromGood, (value) => value * value);
          const inBad = sum(mirrored, (value) => (value - bad) ** 2);
          const z = rotate(q, stretch(rotate(r, fromGood), 100));
          const ripples = sum(z, (value) => 10 * (1 - Math.cos(2 * Math.PI * value)));
          const funnels = Math.min(inGood, FUNNEL_GAP * dimensions + s * inBad);
          return funnels + ripples + 1e4 * penalty(x);
        },
      };
    },
  },
];

/** Mean of z sin sqrt |z|, in hundredths. */
function schwefelTerms(z: readonly number[]): number {
  return sum(z, (value) => value * Math.sin(Math.sqrt(Math.abs(value)))) / (100 * z.length);
}

/** Distances to the nearest multiples of 1/2, 1/4, ... 2^-32, one above the other. */
function roughness(value: number): number {
  let total = 0;
  for (let power = 1; power <= 32; power++) {
    const scaled = 2 ** power * value;
    total += Math.abs(scaled - Math.round(scaled)) / 2 ** power;
  }
  return total;
}
