import { spaceFromValue } from "../../src/domain/space/parse-space.ts";
import type { Space } from "../../src/domain/space.ts";
import type { JsonObject, Params } from "../../src/domain/types.ts";

/** A problem with two objectives, both to be minimised. */
export interface ObjectiveProblem {
  name: string;
  space: Space;
  evaluate: (params: Params) => { losses: [number, number]; violation?: number };
  /** Beyond the worst that counts: volumes are measured up to here. */
  reference: [number, number];
}

/** ZDT1 and ZDT2 (Zitzler, Deb and Thiele 2000) in six dimensions: fronts that bend in and out. */
function zdt(name: string, bend: (share: number) => number): ObjectiveProblem {
  return {
    name,
    space: unitBox(6),
    evaluate: (params) => ({ losses: zdtLosses(params, bend) }),
    reference: [1.1, 6],
  };
}

function zdtLosses(params: Params, bend: (share: number) => number): [number, number] {
  const [first = 0, ...rest] = Object.keys(params).map((name) => numberOf(params, name));
  const g = 1 + (9 * rest.reduce((sum, x) => sum + x, 0)) / rest.length;
  return [first, g * (1 - bend(first / g))];
}

/** An error and a cost of a model that does not exist: log-scaled, whole, chosen and conditional params. */
const mixed: ObjectiveProblem = {
  name: "mixed, conditional",
  space: spaceFromValue(
    {
      lr: { low: 1e-5, high: 1, log: true },
      layers: { type: "int", low: 1, high: 8 },
      optimizer: { choices: ["sgd", "adam", "lion"] },
      momentum: { low: 0, high: 0.99, when: { optimizer: "sgd" } },
    },
    "mixed",
  ),
  evaluate(params) {
    const layers = numberOf(params, "layers");
    const { optimizer } = params;
    const tuned =
      optimizer === "sgd"
        ? 0.02 + Math.abs(numberOf(params, "momentum") - 0.9)
        : optimizer === "adam"
          ? 0.1
          : 0.15;
    const off = Math.abs(Math.log10(numberOf(params, "lr")) + 2.5);
    const cost = optimizer === "sgd" ? 1 : optimizer === "adam" ? 1.5 : 1.3;
    return { losses: [0.1 + 0.2 * off + tuned + 0.8 / layers, layers * cost] };
  },
  reference: [2.5, 13],
};

/** ZDT1 of which only about a tenth is feasible, at the edge of the front. */
const limited: ObjectiveProblem = {
  name: "zdt1, limited",
  space: unitBox(6),
  evaluate(params) {
    const violation =
      Math.max(0, 0.6 - numberOf(params, "x0")) + Math.max(0, numberOf(params, "x1") - 0.3);
    return { losses: zdtLosses(params, Math.sqrt), violation };
  },
  reference: [1.1, 6],
};

export const OBJECTIVE_PROBLEMS: readonly ObjectiveProblem[] = [
  zdt("zdt1", Math.sqrt),
  zdt("zdt2", (share) => share ** 2),
  mixed,
  limited,
];

function unitBox(dimensions: number): Space {
  const box: JsonObject = {};
  for (let i = 0; i < dimensions; i++) box[`x${i}`] = { low: 0, high: 1 };
  return spaceFromValue(box, "box");
}

function numberOf(params: Params, name: string): number {
  const value = params[name];
  return typeof value === "number" ? value : Number.NaN;
}
