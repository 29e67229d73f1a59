import { randomStream, type RandomStream } from "../../../src/search/random-stream.ts";
import type { Problem } from "../problem.ts";
import { bbobProblem } from "./bbob.ts";
import { boxProblem } from "./continuous.ts";

/** What is seen instead of the actual value, both counted from the optimum's. */
type Noise = (actual: number, stream: RandomStream) => number;

/** Additive, of this standard deviation. */
const additive =
  (deviation: number): Noise =>
  (actual, stream) =>
    actual + deviation * stream.normal();

/** f1xx of bbob-noisy: multiplied by exp(beta N). */
const multiplied =
  (beta: number): Noise =>
  (actual, stream) =>
    actual * Math.exp(beta * stream.normal());

/** Now and then a measurement is far off, upwards. */
const outliers =
  (probability: number, size: number): Noise =>
  (actual, stream) =>
    stream.chance(probability) ? actual + size * stream.uniform() : actual + 0.1 * stream.normal();

/** The k-th evaluation of a search has the same noise for every engine. */
function noisy(problem: Problem, label: string, noise: Noise): Problem {
  const name = `${label}-${problem.name}`;
  return {
    ...problem,
    name,
    family: "noisy",
    instance(seed, learner) {
      const exact = problem.instance(seed, learner);
      return {
        optimum: exact.optimum,
        async evaluate(params, evaluation) {
          const { actual } = await exact.evaluate(params, evaluation);
          const stream = randomStream(seed, evaluation, `bench-search noise ${name}`);
          const floor = exact.optimum ?? 0;
          return { observed: floor + noise(actual - floor, stream), actual };
        },
      };
    },
  };
}

export const NOISY: readonly Problem[] = [
  noisy(boxProblem("dev", "sphere", 5), "additive", additive(3)),
  noisy(bbobProblem("dev", 3, 2), "multiplied", multiplied(0.3)),
  noisy(boxProblem("report", "ackley", 3), "additive", additive(1)),
  noisy(boxProblem("report", "sphere", 5), "outliers", outliers(0.2, 100)),
];
