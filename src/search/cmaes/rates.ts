import { ln } from "../../domain/space/portable-log.ts";

/** Weights and learning rates of one population size. */
export interface Rates {
  population: number;
  parents: number;
  /** One a rank; the worse half is negative (active update). */
  weights: Float64Array;
  muEff: number;
  c1: number;
  cMu: number;
  cSigma: number;
  dSigma: number;
  cC: number;
  /** Expected length of a standard normal vector. */
  chi: number;
}

/** Population for this many variables (Hansen 2016, eq. 48). */
export function defaultPopulation(variables: number): number {
  return 4 + Math.floor(3 * ln(variables));
}

/** Hansen 2016, "The CMA Evolution Strategy: A Tutorial", eqs. 49 to 58, for n Gaussian coordinates. */
export function ratesFor(n: number, population: number): Rates {
  const parents = Math.floor(population / 2);
  const raw = Float64Array.from(
    { length: population },
    (_, i) => ln((population + 1) / 2) - ln(i + 1),
  );
  const muEff = effective(raw.subarray(0, parents));
  const muEffMinus = effective(raw.subarray(parents));
  const c1 = 2 / ((n + 1.3) ** 2 + muEff);
  const cMu = Math.min(1 - c1 - 1e-8, (2 * (muEff - 2 + 1 / muEff)) / ((n + 2) ** 2 + muEff));
  const negative = Math.min(
    1 + c1 / cMu,
    1 + (2 * muEffMinus) / (muEff + 2),
    (1 - c1 - cMu) / (n * cMu),
  );
  const positiveSum = raw.reduce((sum, w) => sum + Math.max(0, w), 0);
  const negativeSum = raw.reduce((sum, w) => sum + Math.max(0, -w), 0);
  const weights = raw.map((w) => (w >= 0 ? w / positiveSum : (negative * w) / negativeSum));
  const cSigma = (muEff + 2) / (n + muEff + 5);
  return {
    population,
    parents,
    weights,
    muEff,
    c1,
    cMu,
    cSigma,
    dSigma: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cSigma,
    cC: (4 + muEff / n) / (n + 4 + (2 * muEff) / n),
    chi: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
  };
}

function effective(weights: Float64Array): number {
  const sum = weights.reduce((total, w) => total + w, 0);
  const squares = weights.reduce((total, w) => total + w * w, 0);
  return (sum * sum) / squares;
}
