import { rotate } from "../place.ts";
import type { Definition } from "./definition.ts";
import { minus, oscillate, penalty, share, stretch, sum, type Vector } from "./transforms.ts";

/** max(1, sqrt(D) / 8): keeps Rosenbrock's valley inside the box. */
export function valleyScale({ length }: { length: number }): number {
  return Math.max(1, Math.sqrt(length) / 8);
}

/** The terms of Rosenbrock's sum, one less than there are coordinates; 0 where all are 1. */
export function rosenbrockTerms(z: Vector): number[] {
  return z.slice(1).map((next, at) => {
    const value = z[at] ?? 0;
    return 100 * (value * value - next) ** 2 + (value - 1) ** 2;
  });
}

/** The point that R, scaled, and a half added bring to (1, ..., 1). */
export function rotatedOnes(r: readonly Vector[]): number[] {
  const scale = valleyScale(r);
  return (r[0] ?? []).map(
    (_, at) =>
      sum(
        r.map((row) => row[at] ?? 0),
        (value) => value,
      ) /
      2 /
      scale,
  );
}

/** f6 to f9: low or moderate conditioning. */
export const MODERATE: readonly Definition[] = [
  {
    number: 6,
    name: "attractive-sector",
    land: ({ place, r, q }) => ({
      optimum: place,
      value(x) {
        const z = rotate(q, stretch(rotate(r, minus(x, place)), 10));
        const squares = sum(z, (value, at) => {
          const scale = value * (place[at] ?? 0) > 0 ? 100 : 1;
          return (scale * value) ** 2;
        });
        return oscillate(squares) ** 0.9;
      },
    }),
  },
  {
    number: 7,
    name: "step-ellipsoid",
    land: ({ place, r, q }) => ({
      optimum: place,
      value(x) {
        const stretched = stretch(rotate(r, minus(x, place)), 10);
        const stepped = stretched.map((value) =>
          Math.abs(value) > 0.5 ? Math.floor(0.5 + value) : Math.floor(0.5 + 10 * value) / 10,
        );
        const z = rotate(q, stepped);
        const terms = sum(z, (value, at) => 10 ** (2 * share(at, z)) * value * value);
        // The first term gives the plateau of the optimum a slope to its centre.
        return 0.1 * Math.max(Math.abs(stretched[0] ?? 0) / 1e4, terms) + penalty(x);
      },
    }),
  },
  {
    number: 8,
    name: "rosenbrock",
    land({ place }) {
      // Nearer to the centre, so that the valley lies within the box.
      const optimum = place.map((value) => 0.75 * value);
      const scale = valleyScale(place);
      return {
        optimum,
        value: (x) =>
          sum(rosenbrockTerms(minus(x, optimum).map((value) => scale * value + 1)), (term) => term),
      };
    },
  },
  {
    number: 9,
    name: "rosenbrock-rotated",
    land({ r }) {
      const scale = valleyScale(r);
      return {
        optimum: rotatedOnes(r),
        value: (x) =>
          sum(rosenbrockTerms(rotate(r, x).map((value) => scale * value + 0.5)), (term) => term),
      };
    },
  },
];
