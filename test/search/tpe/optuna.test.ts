import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { ln } from "../../../src/domain/space/portable-log.ts";
import type { Parameter, Space } from "../../../src/domain/space.ts";
import type { JsonValue, Params } from "../../../src/domain/types.ts";
import { logDensity } from "../../../src/search/tpe/log-density.ts";
import type { Mixture } from "../../../src/search/tpe/mixture.ts";
import { fitModel, logRatio } from "../../../src/search/tpe/model.ts";
import { type Observation, observe } from "../../../src/search/tpe/observations.ts";
import { TPE_RULES } from "../../../src/search/tpe/rules.ts";
import { splitObservations } from "../../../src/search/tpe/split.ts";
import { spaceOf } from "../../helpers/search.ts";

/** One density as Optuna made it: kernels in its own units, by parameter. */
interface Density {
  weights: number[];
  kernels: Record<string, { mu?: number[]; sigma?: number[]; weights?: number[][] }>;
}
interface Outcome {
  below: number[];
  above: number[];
  models: { below: Density; above: Density; log_l: number[]; log_g: number[]; best: Params }[];
}
interface Case {
  name: string;
  space: JsonValue;
  trials: (Observation & { number: number })[];
  candidates: Params[];
  optuna4: Outcome;
  optuna5: Outcome;
}

/** Written by scripts/golden/tpe_vectors.py. */
const FIXTURE = new URL("../../fixtures/tpe-vectors.json", import.meta.url);
const { cases: CASES }: { cases: Case[] } = JSON.parse(readFileSync(FIXTURE, "utf8"));
const TOLERANCE = 1e-9;

describe.each(["optuna4", "optuna5"] as const)("%s equals Optuna", (variant) => {
  const rules = TPE_RULES[variant];

  test.each(CASES.map((one) => [one.name, one] as const))("on %s", (_, one) => {
    const space = spaceOf(one.space);
    const past = observe(space, one.trials);
    const split = splitObservations(past, past.count, rules);
    const expected = one[variant];
    expect(split.below).toEqual(expected.below);
    expect(split.above).toEqual(expected.above);

    for (const model of expected.models) {
      const names = Object.keys(model.below.kernels);
      const columns = past.dimensions.flatMap(({ axis }, column) =>
        names.includes(axis.name) ? [column] : [],
      );
      const known = { past, count: past.count, split, running: observe(space, []), breadth: 0 };
      const fitted = fitModel(columns, known, rules);
      checkDensity(space, fitted.good, model.below);
      checkDensity(space, fitted.bad, model.above);

      const points = observe(
        space,
        one.candidates.map((params) => ({ params, state: "complete" })),
      );
      const pointAt = (row: number): Float64Array =>
        Float64Array.from(columns, (c) => points.cells[row * past.dimensions.length + c] ?? 0);
      const rows = one.candidates.map((__, row) => pointAt(row));
      const units = logUnits(space, fitted.good);
      near(
        rows.map((row) => logDensity(fitted.good, row) - units),
        model.log_l,
      );
      near(
        rows.map((row) => logDensity(fitted.bad, row) - units),
        model.log_g,
      );
      const ratios = rows.map((row) => logRatio(fitted, row));
      const best = one.candidates[ratios.indexOf(Math.max(...ratios))] ?? {};
      expect(Object.fromEntries(names.map((name) => [name, best[name]]))).toEqual(model.best);
    }
  });
});

function checkDensity(space: Space, mixture: Mixture, expected: Density): void {
  near([...mixture.weights], expected.weights);
  for (const [d, { axis }] of mixture.dimensions.entries()) {
    const { mu, sigma, weights } = expected.kernels[axis.name] ?? {};
    const column = (matrix: Float64Array): number[] =>
      Array.from(
        { length: mixture.kernels },
        (_, k) => matrix[k * mixture.dimensions.length + d] ?? 0,
      );
    if (weights === undefined) {
      const { low, range } = rangeOf(parameterOf(space, axis.name));
      near(
        column(mixture.centres).map((at) => low + at * range),
        mu ?? [],
      );
      near(
        column(mixture.deviations).map((width) => width * range),
        sigma ?? [],
      );
    } else {
      const heaviest = weights.map((row) => {
        const most = Math.max(...row);
        return most - Math.min(...row) < 1e-12 ? Number.NaN : row.indexOf(most);
      });
      expect(column(mixture.centres)).toEqual(heaviest);
    }
  }
}

/** The units of Optuna's densities: values, or their logarithms, of continuous parameters. */
function logUnits(space: Space, { dimensions }: Mixture): number {
  return dimensions
    .filter(({ kind }) => kind === "continuous")
    .reduce((sum, { axis }) => sum + ln(rangeOf(parameterOf(space, axis.name)).range), 0);
}

/** The range of a numeric parameter in Optuna's coordinates: half a step more on both sides. */
function rangeOf(parameter: Parameter): { low: number; range: number } {
  if (parameter.type !== "float" && parameter.type !== "int") throw new Error(parameter.name);
  const half = (parameter.step ?? (parameter.type === "int" ? 1 : 0)) / 2;
  const ends = [parameter.low - half, parameter.high + half];
  const [low = 0, high = 1] = parameter.log ? ends.map((end) => Math.log(end)) : ends;
  return { low, range: high - low };
}

function parameterOf(space: Space, name: string): Parameter {
  const found = space.parameters.find((parameter) => parameter.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

function near(actual: number[], expected: number[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of actual.entries()) {
    const other = expected[i] ?? Number.NaN;
    const off = Math.abs(value - other) / Math.max(1, Math.abs(other));
    if (!(off < TOLERANCE)) expect(value).toBe(other);
  }
}
