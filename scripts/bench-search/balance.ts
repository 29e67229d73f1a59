import type { Family } from "./problem.ts";
import { mean } from "./statistics.ts";

/** A number of one search; averaged so that every family and every problem weighs the same. */
export interface Measured {
  family: Family;
  problem: string;
  value: number;
}

/** Mean of each family over its problems, of each problem over its searches. */
export function familyMeansOf(values: readonly Measured[]): Map<Family, number> {
  const families = Map.groupBy(values, ({ family }) => family);
  return new Map(
    [...families].map(([family, ofFamily]) => {
      const problems = [...valuesByProblem(ofFamily).values()];
      return [family, mean(problems.map(mean))];
    }),
  );
}

/** Mean over the families; NaN for nothing. */
export function balance(values: readonly Measured[]): number {
  return mean([...familyMeansOf(values).values()]);
}

/**
 * Standard error of balance(values) over seeds: how much other seeds of the same problems would move
 * it. The spread on a problem is taken from `all` searches of the engine there; where there was only
 * one, from what is usual on its other problems. NaN when no problem was searched twice.
 */
export function balanceError(
  values: readonly Measured[],
  all: readonly Measured[] = values,
): number {
  const spreads = new Map(
    [...valuesByProblem(all)].flatMap(([problem, ofProblem]) =>
      ofProblem.length < 2 ? [] : [[problem, variance(ofProblem)] as const],
    ),
  );
  const usual = mean([...spreads.values()]);
  const families = [...Map.groupBy(values, ({ family }) => family).values()];
  const variances = families.map((ofFamily) => {
    const problems = [...valuesByProblem(ofFamily)];
    const parts = problems.map(([problem, { length }]) => (spreads.get(problem) ?? usual) / length);
    return mean(parts) / parts.length;
  });
  return Math.sqrt(mean(variances) / variances.length);
}

function valuesByProblem(values: readonly Measured[]): Map<string, number[]> {
  const groups = Map.groupBy(values, ({ problem }) => problem);
  return new Map([...groups].map(([problem, group]) => [problem, group.map(({ value }) => value)]));
}

/** Of the population that these are a sample of. */
function variance(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.map((value) => (value - middle) ** 2);
  return (mean(squares) * values.length) / (values.length - 1);
}
