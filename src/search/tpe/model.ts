import { logDensity } from "./log-density.ts";
import { type Mixture, fitMixture } from "./mixture.ts";
import type { Observations } from "./observations.ts";
import type { TpeRules } from "./rules.ts";
import type { Split } from "./split.ts";
import { thinned } from "./thinned.ts";
import { ageWeights, equalWeights, gainWeights } from "./weights.ts";

/** The densities of good and of bad trials over some columns of the observations. */
export interface Model {
  good: Mixture;
  bad: Mixture;
}

/** What is known at one ask. */
export interface Knowledge {
  /** The finished trials are its first `count` rows. */
  past: Observations;
  count: number;
  split: Split;
  running: Observations;
  /** How wide this ask looks, 0 to 1. */
  breadth: number;
}

/** Fits both densities over these columns. */
export function fitModel(columns: readonly number[], known: Knowledge, rules: TpeRules): Model {
  const { past, split, running, breadth } = known;
  const dimensions = columns.flatMap((column) => past.dimensions[column] ?? []);
  const below = usableRows(past, columns, split.below, rules);
  const above = thinned(usableRows(past, columns, split.above, rules), rules.aboveLimit);
  const all = Array.from({ length: rules.running === "bad" ? running.count : 0 }, (_, row) => row);
  const liars = usableRows(running, columns, all, rules);
  const bad = new Float64Array((above.length + liars.length) * columns.length);
  gather(past, columns, above, bad);
  gather(running, columns, liars, bad.subarray(above.length * columns.length));
  const good = new Float64Array(below.length * columns.length);
  gather(past, columns, below, good);
  const goodWeights =
    rules.belowWeights === "age"
      ? ageWeights(below.length)
      : gainWeights(past, below, lowestLoss(past, split.above));
  const badWeights = rules.aboveWeights === "age" ? ageWeights : equalWeights;
  const fit = { ...rules, breadth };
  return {
    good: fitMixture(dimensions, good, goodWeights, fit),
    bad: fitMixture(dimensions, bad, badWeights(above.length + liars.length), fit),
  };
}

/** The acquisition: how much likelier a point is among good trials than among bad, logarithm. */
export function logRatio(model: Model, point: Float64Array): number {
  return logDensity(model.good, point) - logDensity(model.bad, point);
}

/** Rows that have a value in all of the columns, or, by the rules, in any of them. */
function usableRows(
  { cells, dimensions }: Observations,
  columns: readonly number[],
  rows: readonly number[],
  rules: TpeRules,
): number[] {
  const has = (row: number) => (column: number) =>
    !Number.isNaN(cells[row * dimensions.length + column]);
  return rows.filter((row) => (rules.partial ? columns.some(has(row)) : columns.every(has(row))));
}

function gather(
  { cells, dimensions }: Observations,
  columns: readonly number[],
  rows: readonly number[],
  into: Float64Array,
): void {
  let at = 0;
  for (const row of rows) {
    for (const column of columns) into[at++] = cells[row * dimensions.length + column] ?? 0;
  }
}

/** Of the complete ones among these rows; Infinity when there are none. */
function lowestLoss({ states, losses }: Observations, rows: readonly number[]): number {
  let lowest = Infinity;
  for (const row of rows) {
    if (states[row] === "complete") lowest = Math.min(lowest, losses[row] ?? Infinity);
  }
  return lowest;
}
