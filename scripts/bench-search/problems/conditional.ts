import type { JsonValue } from "../../../src/domain/types.ts";
import { offCentreUnit, placing } from "../place.ts";
import type { Problem } from "../problem.ts";
import { unitAt, type Range } from "./unit.ts";

interface Branch {
  numbers: Record<string, Range>;
  /** What this branch costs even at its own best place. */
  floor: number;
  /** Weight of the squared distances: a high one makes its best place hard to find. */
  steepness: number;
}

const UNIT: Range = { type: "float", low: 0, high: 1 };
const RATE: Range = { type: "float", low: 1e-5, high: 1, log: true };
const COUNT: Range = { type: "int", low: 1, high: 64, log: true };

/** A categorical `kind` with other parameters for each branch, and `shared` ones for all. */
function branchProblem(
  half: Problem["half"],
  name: string,
  shared: Record<string, Range>,
  branches: Record<string, Branch>,
): Problem {
  const kinds = Object.keys(branches);
  const space: Problem["space"] = { kind: { type: "categorical", choices: kinds } };
  for (const [key, range] of Object.entries(shared)) space[key] = { ...range };
  for (const [kind, { numbers }] of Object.entries(branches)) {
    for (const [key, range] of Object.entries(numbers)) {
      const when: JsonValue = { kind };
      space[`${kind}_${key}`] = { ...range, when };
    }
  }
  return {
    name,
    family: "conditional",
    half,
    space,
    moves: true,
    python: false,
    instance(seed) {
      const ranges = Object.entries(space).filter(([key]) => key !== "kind");
      const places = offCentreUnit(ranges.length, placing(name, seed));
      const placeOf = new Map(ranges.map(([key], at) => [key, places[at] ?? 0]));
      return {
        optimum: Math.min(...Object.values(branches).map(({ floor }) => floor)),
        evaluate(params) {
          const kind = kinds.find((one) => one === params["kind"]) ?? "";
          const branch = branches[kind];
          if (branch === undefined) throw new Error(`${name}: there is no such branch`);
          const far = (key: string, range: Range): number =>
            (unitAt(params, key, range) - (placeOf.get(key) ?? 0)) ** 2;
          let actual = branch.floor;
          for (const [key, range] of Object.entries(shared)) actual += far(key, range);
          for (const [key, range] of Object.entries(branch.numbers)) {
            actual += branch.steepness * far(`${kind}_${key}`, range);
          }
          return { observed: actual, actual };
        },
      };
    },
  };
}

/** The last branch is the best, and looks bad until its own parameters are right. */
export const CONDITIONAL: readonly Problem[] = [
  branchProblem(
    "dev",
    "branches-two",
    { shared: UNIT },
    {
      easy: { numbers: { a: UNIT }, floor: 0.3, steepness: 0.2 },
      hard: { numbers: { rate: RATE, b: UNIT, c: UNIT }, floor: 0, steepness: 3 },
    },
  ),
  branchProblem(
    "dev",
    "branches-four",
    { rate: RATE, size: COUNT },
    {
      a: { numbers: { x: UNIT }, floor: 0.2, steepness: 0.5 },
      b: { numbers: { x: UNIT, y: UNIT }, floor: 0.15, steepness: 1 },
      c: { numbers: { rate: RATE }, floor: 0.1, steepness: 1 },
      d: { numbers: { x: UNIT, y: RATE, n: COUNT }, floor: 0, steepness: 2 },
    },
  ),
  branchProblem(
    "report",
    "branches-three",
    { rate: RATE },
    {
      plain: { numbers: {}, floor: 0.25, steepness: 1 },
      tuned: { numbers: { x: UNIT, n: COUNT }, floor: 0.12, steepness: 1 },
      deep: { numbers: { x: UNIT, rate: RATE, n: COUNT }, floor: 0, steepness: 2.5 },
    },
  ),
  branchProblem(
    "report",
    "branches-wrong",
    { a: UNIT, b: UNIT },
    {
      wide: { numbers: { x: UNIT }, floor: 0.2, steepness: 0.1 },
      narrow: { numbers: { x: UNIT, y: UNIT, rate: RATE }, floor: 0, steepness: 6 },
    },
  ),
];
