import { describe, expect, test } from "bun:test";
import {
  type Distribution,
  distributionAt,
  update,
} from "../../../src/search/cmaes/distribution.ts";
import { type Gaussian, gaussianAt, updateGaussian } from "../../../src/search/cmaes/gaussian.ts";
import { defaultPopulation, ratesFor } from "../../../src/search/cmaes/rates.ts";
import { diagonal } from "../../../src/search/math/matrix.ts";
import golden from "./golden.json";

/** What the Python package `cmaes` 0.13.1 made of the same samples; see make-golden.py. */
const TOLERANCE = 1e-9;

describe.each(golden.continuous)(
  "CMA-ES in $dim dimensions",
  ({ dim, mean, sigma, generations }) => {
    test("updates like the reference, six generations long", () => {
      const rates = ratesFor(dim, generations[0]?.raw.length ?? 0);
      let gaussian = isotropic(mean, sigma);
      for (const [g, expected] of generations.entries()) {
        const ranked = byLoss(expected.losses).map((i) => Float64Array.from(expected.raw[i] ?? []));
        gaussian = updateGaussian(gaussian, rates, ranked, g + 1);
        expectGaussian(gaussian, expected);
      }
    });
  },
);

describe.each(Object.entries(golden.mixed))("CatCMA with margin on %s", (_, problem) => {
  const { continuous, integer, positions, choices, mean, sigma, generations } = problem;

  test("updates like the reference, six generations long", () => {
    const levels = [
      ...Array.from({ length: continuous }, () => null),
      ...Array.from({ length: integer }, () => Float64Array.from(positions)),
    ];
    const variables = levels.length + choices.length;
    let distribution: Distribution = distributionAt(
      { levels, choices },
      defaultPopulation(variables),
      mean.length === 0 ? null : isotropic(mean, sigma),
      choices.map((size) => new Float64Array(size).fill(1 / size)),
    );
    for (const expected of generations) {
      expect(distribution.rates.population).toBe(expected.losses.length);
      const results = expected.losses.map((loss, i) => ({
        solution: {
          raw: Float64Array.from(expected.raw[i] ?? []),
          choices: expected.choices[i] ?? [],
        },
        loss: loss ?? Infinity,
      }));
      distribution = update(distribution, results);
      const { gaussian, mutation, categorical } = distribution;
      if (gaussian !== null) expectGaussian(gaussian, expected);
      if ("margin" in expected) expectClose(gaussian?.margin ?? [], expected.margin);
      if ("rate" in expected) {
        expectClose(mutation.rate, expected.rate);
        expect(mutation.succeeded).toEqual(expected.succeeded);
      }
      if ("probabilities" in expected) {
        expect(categorical.probabilities.length).toBe(expected.probabilities.length);
        for (const [i, row] of expected.probabilities.entries()) {
          expectClose(categorical.probabilities[i] ?? [], row);
        }
        expectClose([categorical.doubt], [expected.doubt]);
      }
    }
  });
});

function isotropic(mean: readonly number[], sigma: number): Gaussian {
  const unit = diagonal(new Float64Array(mean.length).fill(1));
  return gaussianAt(Float64Array.from(mean), sigma, unit);
}

function byLoss(losses: readonly number[]): number[] {
  return [...losses.keys()].sort((a, b) => (losses[a] ?? 0) - (losses[b] ?? 0));
}

interface Expected {
  losses: readonly (number | null)[];
  mean?: readonly number[];
  sigma?: number;
  covariance?: readonly number[];
  pathSigma?: readonly number[];
  pathC?: readonly number[];
}

function expectGaussian(gaussian: Gaussian, expected: Expected): void {
  expectClose(gaussian.mean, expected.mean);
  expectClose([gaussian.sigma], [expected.sigma ?? Number.NaN]);
  expectClose(gaussian.covariance, expected.covariance);
  expectClose(gaussian.pathSigma, expected.pathSigma);
  expectClose(gaussian.pathC, expected.pathC);
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[] | undefined): void {
  const errors = Array.from(actual, (value, i) => {
    const wanted = expected?.[i] ?? Number.NaN;
    return Math.abs(value - wanted) / Math.max(1, Math.abs(wanted));
  });
  expect(actual.length).toBe(expected?.length ?? -1);
  expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
}
