import { FUNCTIONS, type TestFunction } from "../functions.ts";
import { offCentre, placing } from "../place.ts";
import { numberAt, type Problem } from "../problem.ts";
import { bbobProblem } from "./bbob.ts";

/** A textbook function of floats from -5 to 5 whose optimum differs from seed to seed. */
export function boxProblem(
  half: Problem["half"],
  name: keyof typeof FUNCTIONS,
  dimensions: number,
): Problem {
  const title = `${name}-${dimensions}`;
  const names = Array.from({ length: dimensions }, (_, at) => `x${at}`);
  return {
    name: title,
    family: "continuous",
    half,
    space: Object.fromEntries(names.map((x) => [x, { type: "float", low: -5, high: 5 }])),
    moves: true,
    python: false,
    instance(seed) {
      const optimum = offCentre(dimensions, placing(title, seed));
      const f: TestFunction = FUNCTIONS[name];
      return {
        optimum: 0,
        evaluate(params) {
          const actual = f(names.map((x, at) => numberAt(params, x) - (optimum[at] ?? 0)));
          return { observed: actual, actual };
        },
      };
    },
  };
}

/** BBOB's 24, each of its groups split between the halves, and two of the textbook's. */
export const CONTINUOUS: readonly Problem[] = [
  bbobProblem("dev", 1, 10),
  bbobProblem("report", 2, 5),
  bbobProblem("dev", 3, 5),
  bbobProblem("dev", 4, 3),
  bbobProblem("dev", 5, 5),
  bbobProblem("report", 6, 5),
  bbobProblem("report", 7, 5),
  bbobProblem("dev", 8, 3),
  bbobProblem("report", 9, 5),
  bbobProblem("report", 10, 5),
  bbobProblem("dev", 11, 5),
  bbobProblem("dev", 12, 5),
  bbobProblem("report", 13, 3),
  bbobProblem("report", 14, 10),
  bbobProblem("report", 15, 2),
  bbobProblem("report", 16, 3),
  bbobProblem("dev", 17, 3),
  bbobProblem("dev", 18, 5),
  bbobProblem("dev", 19, 3),
  bbobProblem("report", 20, 2),
  bbobProblem("report", 21, 3),
  bbobProblem("dev", 22, 2),
  bbobProblem("report", 23, 2),
  bbobProblem("dev", 24, 5),
  boxProblem("dev", "levy", 2),
  boxProblem("report", "ackley", 5),
];
