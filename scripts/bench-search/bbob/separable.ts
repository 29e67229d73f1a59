import type { Definition } from "./definition.ts";
import { minus, oscillate, penalty, share, skew, stretch, sum, type Vector } from "./transforms.ts";

/** 10 (D - sum cos 2 pi z) + |z|^2: what all of Rastrigin's functions end with. */
export function rastrigin(z: Vector): number {
  return sum(z, (value) => 10 * (1 - Math.cos(2 * Math.PI * value)) + value * value);
}

/** Sum of squares with weights from 1 to 10^6: what both ellipsoids end with. */
export function ellipsoid(z: Vector): number {
  return sum(z, (value, at) => 10 ** (6 * share(at, z)) * value * value);
}

/** f1 to f5: every coordinate can be optimised on its own. */
export const SEPARABLE: readonly Definition[] = [
  {
    number: 1,
    name: "sphere",
    land: ({ place }) => ({
      optimum: place,
      value: (x) => sum(minus(x, place), (value) => value * value),
    }),
  },
  {
    number: 2,
    name: "ellipsoid",
    land: ({ place }) => ({
      optimum: place,
      value: (x) => ellipsoid(minus(x, place).map(oscillate)),
    }),
  },
  {
    number: 3,
    name: "rastrigin",
    land: ({ place }) => ({
      optimum: place,
      value: (x) => rastrigin(stretch(skew(minus(x, place).map(oscillate), 0.2), 10)),
    }),
  },
  {
    number: 4,
    name: "bueche-rastrigin",
    land({ place }) {
      // Every other coordinate, from the first, is stretched tenfold on its positive side.
      const optimum = place.map((value, at) => (at % 2 === 0 ? Math.abs(value) : value));
      return {
        optimum,
        value(x) {
          const z = minus(x, optimum).map(oscillate);
          const scaled = stretch(z, 10).map((value, at) =>
            value > 0 && at % 2 === 0 ? 10 * value : value,
          );
          return rastrigin(scaled) + 100 * penalty(x);
        },
      };
    },
  },
  {
    number: 5,
    name: "linear-slope",
    land({ place }) {
      // The optimum is a corner of the box, and everything beyond it.
      const optimum = place.map((value) => 5 * Math.sign(value));
      const slopes = optimum.map((value, at) => Math.sign(value) * 10 ** share(at, optimum));
      return {
        optimum,
        value(x) {
          const z = x.map((value, at) => {
            const best = optimum[at] ?? 0;
            return value * best < 25 ? value : best;
          });
          return sum(slopes, (slope, at) => 5 * Math.abs(slope) - slope * (z[at] ?? 0));
        },
      };
    },
  },
];
