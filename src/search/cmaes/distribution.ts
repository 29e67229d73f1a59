import type { RandomStream } from "../random-stream.ts";
import { type Categorical, categoricalAt, updateCategorical } from "./categorical.ts";
import { centreIntegers } from "./centering.ts";
import type { Shape, Solution } from "./dimensions.ts";
import { type Gaussian, sampleAt, updateGaussian } from "./gaussian.ts";
import { type Mutation, correctMargin, firstMutation, leastMutation } from "./margin.ts";
import { type Spreads, boxPenalty, nextSpreads } from "./penalty.ts";
import { type Rates, ratesFor } from "./rates.ts";

/**
 * The search distribution of CatCMA with margin (arXiv 2504.07884): a Gaussian over continuous and
 * ordered variables, independent probabilities over categories. Never changed, only replaced.
 */
export interface Distribution {
  shape: Shape;
  rates: Rates;
  /** Updates so far. */
  generation: number;
  /** null when no variable is numeric. */
  gaussian: Gaussian | null;
  mutation: Mutation;
  categorical: Categorical;
  spreads: Spreads;
}

/** A solution and its loss; Infinity when it failed. */
export interface Evaluated {
  solution: Solution;
  loss: number;
}

export function distributionAt(
  shape: Shape,
  population: number,
  gaussian: Gaussian | null,
  probabilities: readonly Float64Array[],
): Distribution {
  return {
    shape,
    rates: ratesFor(shape.levels.length, population),
    generation: 0,
    gaussian,
    mutation: firstMutation(shape.levels),
    categorical: categoricalAt(probabilities),
    spreads: [],
  };
}

export function sample(distribution: Distribution, stream: RandomStream): Solution {
  const { gaussian, categorical, shape } = distribution;
  const normal = Float64Array.from(shape.levels, () => stream.normal());
  return {
    raw: gaussian === null ? new Float64Array() : sampleAt(gaussian, normal),
    choices: categorical.probabilities.map((row) => drawn(row, stream.uniform())),
  };
}

/** The distribution after as many results as its population; equal losses keep their order. */
export function update(before: Distribution, results: readonly Evaluated[]): Distribution {
  const { shape, rates, gaussian, categorical } = before;
  const generation = before.generation + 1;
  const n = shape.levels.length;
  const discrete = shape.levels.filter((row) => row !== null).length + shape.choices.length;
  const alpha = leastMutation(discrete);
  const byLoss = results.toSorted((a, b) => compare(a.loss, b.loss));
  const learned = (ranked: readonly Evaluated[]): Categorical => {
    const parents = ranked.slice(0, rates.parents).map(({ solution }) => solution.choices);
    return shape.choices.length === 0
      ? categorical
      : updateCategorical(categorical, rates.weights, parents, alpha);
  };
  if (gaussian === null) return { ...before, generation, categorical: learned(byLoss) };

  const spreads = nextSpreads(
    before.spreads,
    byLoss.map(({ loss }) => loss),
    rates,
    n,
  );
  const penalty = boxPenalty(gaussian, shape.levels, spreads, rates);
  const ranked = byLoss
    .map(({ solution, loss }) => ({ solution, loss: loss + penalty(solution.raw) }))
    .sort((a, b) => compare(a.loss, b.loss));
  const raws = ranked.map(({ solution }) => solution.raw);
  const { centred, succeeded } = centreIntegers(raws, rates.parents, gaussian.mean, shape.levels);
  const updated = updateGaussian(gaussian, rates, centred, generation);
  const mutation = { rate: before.mutation.rate, succeeded };
  const corrected = correctMargin(updated, shape.levels, mutation, alpha);
  return {
    ...before,
    generation,
    gaussian: corrected.gaussian,
    mutation: { rate: corrected.rate, succeeded },
    categorical: learned(ranked),
    spreads,
  };
}

/** Whether further samples would all be the same: rounding or range leaves nothing to search. */
export function isExhausted({ gaussian }: Distribution): boolean {
  if (gaussian === null) return false;
  const { sigma, lengths, margin, mean } = gaussian;
  const longest = sigma * (lengths.at(-1) ?? 0);
  const narrow = mean.every((_, i) => longest * margin[i]! < SMALLEST_DEVIATION);
  return narrow || (lengths.at(-1) ?? 0) > 1e7 * (lengths[0] ?? 0) || longest > 1e4;
}

/** Of the range of a parameter: no objective worth searching has structure below. */
const SMALLEST_DEVIATION = 1e-9;

function drawn(probabilities: Float64Array, uniform: number): number {
  let left = uniform;
  for (const [value, q] of probabilities.entries()) {
    left -= q;
    if (left < 0) return value;
  }
  return probabilities.length - 1;
}

/** For sorting where Infinity equals Infinity. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
