import { rotate } from "../place.ts";
import type { Definition, Draw, Landscape } from "./definition.ts";
import { rosenbrockTerms, rotatedOnes, valleyScale } from "./moderate.ts";
import { rastrigin } from "./separable.ts";
import { minus, oscillate, penalty, skew, stretch, sum } from "./transforms.ts";

/** Weights and frequencies of the twelve cosines of Weierstrass' function. */
const COSINES = Array.from({ length: 12 }, (_, k) => ({ weight: 0.5 ** k, frequency: 3 ** k }));
const waves = (z: number): number =>
  COSINES.reduce(
    (total, { weight, frequency }) =>
      total + weight * Math.cos(2 * Math.PI * frequency * (z + 0.5)),
    0,
  );
const LOWEST_WAVE = waves(0);

/** f15 to f19: many optima, with a structure above them that leads to the best. */
export const MULTIMODAL: readonly Definition[] = [
  {
    number: 15,
    name: "rastrigin-rotated",
    land: ({ place, r, q }) => ({
      optimum: place,
      value(x) {
        const bent = skew(rotate(r, minus(x, place)).map(oscillate), 0.2);
        return rastrigin(rotate(r, stretch(rotate(q, bent), 10)));
      },
    }),
  },
  {
    number: 16,
    name: "weierstrass",
    land: ({ place, r, q }) => ({
      optimum: place,
      value(x) {
        const bent = rotate(q, rotate(r, minus(x, place)).map(oscillate));
        const z = rotate(r, stretch(bent, 0.01));
        const mean = sum(z, (value) => waves(value) - LOWEST_WAVE) / z.length;
        return 10 * mean ** 3 + (10 / z.length) * penalty(x);
      },
    }),
  },
  { number: 17, name: "schaffer", land: (draw) => schaffer(draw, 10) },
  { number: 18, name: "schaffer-ill-conditioned", land: (draw) => schaffer(draw, 1000) },
  {
    number: 19,
    name: "griewank-rosenbrock",
    land({ r }) {
      const scale = valleyScale(r);
      return {
        optimum: rotatedOnes(r),
        value(x) {
          const terms = rosenbrockTerms(rotate(r, x).map((value) => scale * value + 0.5));
          return 10 + (10 * sum(terms, (s) => s / 4000 - Math.cos(s))) / terms.length;
        },
      };
    },
  },
];

function schaffer({ place, r, q }: Draw, alpha: number): Landscape {
  return {
    optimum: place,
    value(x) {
      const z = stretch(rotate(q, skew(rotate(r, minus(x, place)), 0.5)), alpha);
      const pairs = z.slice(1).map((next, at) => Math.hypot(next, z[at] ?? 0));
      const total = sum(pairs, (s) => Math.sqrt(s) * (1 + Math.sin(50 * s ** 0.2) ** 2));
      return (total / pairs.length) ** 2 + 10 * penalty(x);
    },
  };
}
