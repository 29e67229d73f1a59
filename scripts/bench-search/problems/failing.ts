import { randomStream } from "../../../src/search/random-stream.ts";
import { offCentre, placing } from "../place.ts";
import { numberAt, type Problem } from "../problem.ts";

/** Whether the evaluation fails, by the vector from the optimum and the draw of this evaluation. */
type Fails = (z: readonly number[], draw: number) => boolean;

/** A bowl with ripples on [-5, 5]^d, parts of which fail. The optimum itself never does. */
function failingProblem(
  half: Problem["half"],
  name: string,
  dimensions: number,
  fails: Fails,
): Problem {
  const names = Array.from({ length: dimensions }, (_, at) => `x${at}`);
  return {
    name,
    family: "failing",
    half,
    space: Object.fromEntries(names.map((x) => [x, { type: "float", low: -5, high: 5 }])),
    moves: true,
    python: false,
    instance(seed) {
      const optimum = offCentre(dimensions, placing(name, seed));
      return {
        optimum: 0,
        evaluate(params, evaluation) {
          // Mirrored, so that the larger side of the box is the positive one.
          const z = names.map((x, at) => {
            const best = optimum[at] ?? 0;
            return (numberAt(params, x) - best) * -Math.sign(best);
          });
          const actual = z.reduce((sum, x) => sum + x * x + 0.5 * (1 - Math.cos(4 * x)), 0);
          const draw = randomStream(seed, evaluation, `bench-search failures ${name}`).uniform();
          return { observed: fails(z, draw) ? null : actual, actual };
        },
      };
    },
  };
}

export const FAILING: readonly Problem[] = [
  // The optimum is beside the corner of a region that fails.
  failingProblem("dev", "fails-beyond-edge-4", 4, ([a = 0, b = 0]) => a > 0.1 && b > 0.1),
  failingProblem("dev", "fails-at-random-3", 3, (_, draw) => draw < 0.25),
  failingProblem("report", "fails-in-corner-4", 4, ([a = 0, b = 0, c = 0]) => a + b > 0.5 && c > 0),
  // A shell around the optimum fails: promising, and mostly broken.
  failingProblem("report", "fails-in-shell-3", 3, ([a = 0, b = 0]) => {
    const distance = Math.hypot(a, b);
    return distance > 1 && distance < 3 && a < 0.5;
  }),
];
