import { offCentreUnit, placing } from "../place.ts";
import type { Problem } from "../problem.ts";
import { spaceOf, unitAt, valueAt, type Range } from "./unit.ts";

const RATE: Range = { type: "float", low: 1e-6, high: 1, log: true };
const DECAY: Range = { type: "float", low: 1e-9, high: 1e-1, log: true };
const WIDTH: Range = { type: "int", low: 4, high: 4096, log: true };
const BATCH: Range = { type: "int", low: 1, high: 1024, log: true };
const WARMUP: Range = { type: "float", low: 1e-3, high: 1e3, log: true };

/** Loss of the distances from the optimum, in shares of the ranges; 0 when all are 0. */
type Shape = (distances: readonly number[]) => number;

/** A quadratic bowl, with other widths in other directions. */
const bowl: Shape = (d) => d.reduce((sum, x, at) => sum + (1 + 3 * at) * x * x, 0);

/** Two parameters have to fit together, and too much of the first diverges. */
const valley: Shape = (d) => {
  const [a = 0, b = 0, ...rest] = d;
  const diverged = a > 0.15 ? 5 * (a - 0.15) : 0;
  return 40 * (a + b) ** 2 + (a - b) ** 2 / 2 + bowl(rest) + diverged;
};

/** Most of the space looks the same; the good part is narrow. */
const plateau: Shape = (d) => 1 - Math.exp(-12 * bowl(d));

/** A bowl with ripples of 1 % of the range. */
const rippled: Shape = (d) =>
  bowl(d) + d.reduce((sum, x) => sum + 0.02 * (1 - Math.cos(20 * Math.PI * x)), 0);

function logProblem(
  half: Problem["half"],
  name: string,
  ranges: Record<string, Range>,
  shape: Shape,
): Problem {
  const entries = Object.entries(ranges);
  return {
    name,
    family: "log",
    half,
    space: spaceOf(ranges),
    moves: true,
    python: false,
    instance(seed) {
      const places = offCentreUnit(entries.length, placing(name, seed));
      // Whole numbers: the optimum is a value there is.
      const optimum = entries.map(([key, range], at) =>
        unitAt({ [key]: valueAt(places[at] ?? 0, range) }, key, range),
      );
      return {
        optimum: 0,
        evaluate(params) {
          const actual = shape(
            entries.map(([key, range], at) => unitAt(params, key, range) - (optimum[at] ?? 0)),
          );
          return { observed: actual, actual };
        },
      };
    },
  };
}

export const LOG_SCALED: readonly Problem[] = [
  logProblem("dev", "log-bowl-4", { rate: RATE, decay: DECAY, width: WIDTH, batch: BATCH }, bowl),
  logProblem("dev", "log-valley-3", { rate: RATE, batch: BATCH, decay: DECAY }, valley),
  logProblem(
    "report",
    "log-valley-4",
    { rate: RATE, warmup: WARMUP, decay: DECAY, width: WIDTH },
    valley,
  ),
  logProblem("report", "log-plateau-3", { rate: RATE, decay: DECAY, width: WIDTH }, plateau),
  logProblem(
    "report",
    "log-rippled-5",
    { rate: RATE, decay: DECAY, width: WIDTH, batch: BATCH, warmup: WARMUP },
    rippled,
  ),
  logProblem("dev", "log-plateau-2", { rate: RATE, warmup: WARMUP }, plateau),
];
