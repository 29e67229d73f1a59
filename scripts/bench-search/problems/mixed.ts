import type { Params } from "../../../src/domain/types.ts";
import { offCentreUnit, placing } from "../place.ts";
import type { Problem } from "../problem.ts";
import { spaceOf, unitAt, valueAt, type Range } from "./unit.ts";

const UNIT: Range = { type: "float", low: 0, high: 1 };
const RATE: Range = { type: "float", low: 1e-5, high: 1, log: true };
const LAYERS: Range = { type: "int", low: 1, high: 8 };
const UNITS: Range = { type: "int", low: 8, high: 512, log: true };
const STEPS: Range = { type: "int", low: 0, high: 20 };

interface Parts {
  numbers: Record<string, Range>;
  /** Number of choices of each. */
  choices: Record<string, number>;
  /**
   * Loss of the distances in shares of the ranges, and of the ranks of the choices: 0 is the best
   * choice. 0 in all, and nothing below it.
   */
  loss(distances: readonly number[], ranks: readonly number[]): number;
  /** How far a choice of that rank moves the best place of each number. */
  shift: number;
}

const squares = (d: readonly number[]): number => d.reduce((sum, x) => sum + x * x, 0);
const total = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0);

function mixedProblem(half: Problem["half"], name: string, parts: Parts): Problem {
  const numbers = Object.entries(parts.numbers);
  const choices = Object.entries(parts.choices);
  const lists = choices.map(([key, count]) =>
    Array.from({ length: count }, (_, at) => `${key}-${at}`),
  );
  return {
    name,
    family: "mixed",
    half,
    space: {
      ...spaceOf(parts.numbers),
      ...Object.fromEntries(
        choices.map(([key], at) => [key, { type: "categorical", choices: lists[at] ?? [] }]),
      ),
    },
    moves: true,
    python: false,
    instance(seed) {
      const stream = placing(name, seed);
      const places = offCentreUnit(numbers.length, stream);
      const orders = lists.map((list) => stream.shuffle(list));
      const signs = numbers.map(() => (stream.chance(0.5) ? 1 : -1));
      return {
        optimum: 0,
        evaluate(params: Params) {
          const ranks = choices.map(([key], at) =>
            (orders[at] ?? []).findIndex((choice) => choice === params[key]),
          );
          const moved = parts.shift * total(ranks);
          const distances = numbers.map(([key, range], at) => {
            const value = valueAt(places[at] ?? 0, range);
            const best = unitAt({ [key]: value }, key, range);
            return unitAt(params, key, range) - best - (signs[at] ?? 1) * moved;
          });
          const actual = parts.loss(distances, ranks);
          return { observed: actual, actual };
        },
      };
    },
  };
}

export const MIXED: readonly Problem[] = [
  mixedProblem("dev", "mixed-three-choices", {
    numbers: { a: UNIT, b: UNIT, c: UNIT, layers: LAYERS, steps: STEPS },
    choices: { kind: 4, mode: 4, rule: 4 },
    loss: (d, ranks) => squares(d) + 0.08 * total(ranks),
    shift: 0.05,
  }),
  mixedProblem("dev", "mixed-network", {
    numbers: { rate: RATE, units: UNITS, layers: LAYERS, dropout: UNIT },
    choices: { optimizer: 3, activation: 3 },
    loss: (d, ranks) => 4 * squares(d.slice(0, 1)) + squares(d.slice(1)) + 0.05 * total(ranks),
    shift: 0.15,
  }),
  mixedProblem("dev", "mixed-switches", {
    numbers: { a: UNIT, b: UNIT },
    choices: { s0: 2, s1: 2, s2: 2, s3: 2, s4: 2, s5: 2 },
    loss: (d, ranks) => squares(d) + 0.1 * total(ranks) * (1 + squares(d)),
    shift: 0,
  }),
  mixedProblem("report", "mixed-optimizers", {
    numbers: { rate: RATE, decay: { ...RATE, low: 1e-8 }, units: UNITS, dropout: UNIT },
    choices: { optimizer: 5, schedule: 3 },
    loss: (d, ranks) => 3 * Math.abs(d[0] ?? 0) + squares(d.slice(1)) + 0.1 * total(ranks),
    shift: 0.1,
  }),
  mixedProblem("report", "mixed-many-choices", {
    numbers: { a: UNIT, b: UNIT, steps: STEPS },
    choices: { model: 12, mode: 6 },
    loss: (d, ranks) => squares(d) + 0.3 * Math.log1p(total(ranks)),
    shift: 0,
  }),
  mixedProblem("report", "mixed-whole-numbers", {
    numbers: { a: UNIT, b: UNIT, layers: LAYERS, steps: STEPS, units: UNITS },
    choices: { kind: 3, flag: 2 },
    loss: (d, ranks) => {
      const [first = 0, ...rest] = d;
      return 10 * (first - squares(rest)) ** 2 + squares(rest) + 0.05 * total(ranks);
    },
    shift: 0.03,
  }),
];
