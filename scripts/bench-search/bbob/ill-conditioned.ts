import { rotate } from "../place.ts";
import type { Definition } from "./definition.ts";
import { ellipsoid } from "./separable.ts";
import { minus, oscillate, share, skew, stretch, sum, type Vector } from "./transforms.ts";

/** The square of the first coordinate, and the sum of the squares of the others. */
function firstAndRest(z: Vector): [number, number] {
  return [(z[0] ?? 0) ** 2, sum(z.slice(1), (value) => value * value)];
}

/** f10 to f14: one optimum, condition numbers up to 10^6. */
export const ILL_CONDITIONED: readonly Definition[] = [
  {
    number: 10,
    name: "ellipsoid-rotated",
    land: ({ place, r }) => ({
      optimum: place,
      value: (x) => ellipsoid(rotate(r, minus(x, place)).map(oscillate)),
    }),
  },
  {
    number: 11,
    name: "discus",
    land: ({ place, r }) => ({
      optimum: place,
      value(x) {
        const [first, rest] = firstAndRest(rotate(r, minus(x, place)).map(oscillate));
        return 1e6 * first + rest;
      },
    }),
  },
  {
    number: 12,
    name: "bent-cigar",
    land: ({ place, r }) => ({
      optimum: place,
      value(x) {
        const [first, rest] = firstAndRest(rotate(r, skew(rotate(r, minus(x, place)), 0.5)));
        return first + 1e6 * rest;
      },
    }),
  },
  {
    number: 13,
    name: "sharp-ridge",
    land: ({ place, r, q }) => ({
      optimum: place,
      value(x) {
        const [first, rest] = firstAndRest(rotate(q, stretch(rotate(r, minus(x, place)), 10)));
        return first + 100 * Math.sqrt(rest);
      },
    }),
  },
  {
    number: 14,
    name: "different-powers",
    land: ({ place, r }) => ({
      optimum: place,
      value(x) {
        const z = rotate(r, minus(x, place));
        return Math.sqrt(sum(z, (value, at) => Math.abs(value) ** (2 + 4 * share(at, z))));
      },
    }),
  },
];
