import { FUNCTIONS, type TestFunction } from "../functions.ts";
import { offCentre, placing, rotate, rotation } from "../place.ts";
import { numberAt, type Problem } from "../problem.ts";

type FunctionName = keyof typeof FUNCTIONS;

/** A function of floats from -5 to 5 whose optimum and rotation differ from seed to seed. */
export function boxProblem(
  half: Problem["half"],
  name: FunctionName,
  dimensions: number,
  rotated: boolean,
): Problem {
  const title = `${name}-${dimensions}${rotated ? "-rotated" : ""}`;
  const names = Array.from({ length: dimensions }, (_, at) => `x${at}`);
  return {
    name: title,
    family: "continuous",
    half,
    space: Object.fromEntries(names.map((x) => [x, { type: "float", low: -5, high: 5 }])),
    moves: true,
    python: false,
    instance(seed) {
      const stream = placing(title, seed);
      const optimum = offCentre(dimensions, stream);
      const rows = rotated ? rotation(dimensions, stream) : null;
      const f: TestFunction = FUNCTIONS[name];
      return {
        optimum: 0,
        evaluate(params) {
          const z = names.map((x, at) => numberAt(params, x) - (optimum[at] ?? 0));
          const actual = f(rows === null ? z : rotate(rows, z));
          return { observed: actual, actual };
        },
      };
    },
  };
}

export const CONTINUOUS: readonly Problem[] = [
  boxProblem("dev", "sphere", 10, false),
  boxProblem("dev", "rastrigin", 5, false),
  boxProblem("dev", "rosenbrock", 3, false),
  boxProblem("dev", "cigar", 5, true),
  boxProblem("dev", "schaffer", 3, true),
  boxProblem("dev", "levy", 2, false),
  boxProblem("report", "ellipsoid", 5, true),
  boxProblem("report", "rastrigin", 2, true),
  boxProblem("report", "rosenbrock", 5, true),
  boxProblem("report", "step", 5, true),
  boxProblem("report", "powers", 10, true),
  boxProblem("report", "ackley", 5, false),
];
