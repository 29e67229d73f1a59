import type { Parameter, Space } from "../domain/space.ts";
import { binDensity, binsOf } from "./importance-density.ts";
import type { Trial } from "./strategy.ts";

/** How much one parameter decides whether a trial is among the best. */
export interface Importance {
  name: string;
  /** Its share of all divergences, from 0 to 1; 0 for all when nothing tells the best apart. */
  share: number;
  /** How far the best trials' values are from all trials' (Optuna's unnormalised importance). */
  divergence: number;
}

export interface ImportanceReport {
  /** Most important first; equal ones in the order of the space. */
  parameters: Importance[];
  /** Measured trials that were compared. */
  trials: number;
  /** How many of them count as the best. */
  best: number;
}

/** The share of the trials that counts as the best. */
const QUANTILE = 0.1;
/** But at least so many: fewer say nothing (the paper's advice). From 50 trials on the share decides. */
const MIN_BEST = 5;

/**
 * PED-ANOVA (Watanabe et al. 2023, arXiv 2304.10255; Optuna's PedAnovaImportanceEvaluator): for
 * each parameter the Pearson divergence between where the best trials lie and where all measured
 * trials lie. O(trials x parameters). `trials` must fit the space; those without a result are left
 * out. A conditional parameter counts by the trials that have it (arXiv 2601.20800).
 */
export function parameterImportance(space: Space, trials: readonly Trial[]): ImportanceReport {
  // What a pruned trial reported last is no result.
  const measured = trials.flatMap(({ params, loss, pruned_at }) =>
    loss === null || pruned_at !== undefined ? [] : [{ params, loss }],
  );
  if (measured.length === 0) {
    const parameters = space.parameters.map(({ name }) => ({ name, share: 0, divergence: 0 }));
    return { parameters, trials: 0, best: 0 };
  }
  const limit = worstOfTheBest(measured.map((trial) => trial.loss));
  const isBest = measured.map((trial) => trial.loss <= limit);
  const best = isBest.filter(Boolean).length;
  const divergences = space.parameters.map((parameter) => ({
    name: parameter.name,
    divergence: (best / measured.length) ** 2 * divergence(parameter, measured, isBest),
  }));
  const total = sum(divergences.map((one) => one.divergence));
  const parameters = divergences
    .map((one) => ({ ...one, share: total > 0 ? one.divergence / total : 0 }))
    .toSorted((a, b) => b.divergence - a.divergence);
  return { parameters, trials: measured.length, best };
}

/** The loss up to which a trial is among the best; ties with it are too. */
function worstOfTheBest(losses: readonly number[]): number {
  const wanted = Math.max(Math.ceil(QUANTILE * losses.length), Math.min(MIN_BEST, losses.length));
  return losses.toSorted((a, b) => a - b)[wanted - 1] ?? Infinity;
}

function divergence(
  parameter: Parameter,
  trials: readonly Pick<Trial, "params">[],
  isBest: readonly boolean[],
): number {
  const bins = binsOf(parameter);
  const ofBest = Array.from({ length: bins.count }, () => 0);
  const ofAll = Array.from({ length: bins.count }, () => 0);
  for (const [index, { params }] of trials.entries()) {
    const value = params[parameter.name];
    if (value === undefined) continue;
    const bin = bins.indexOf(value);
    ofAll[bin] = (ofAll[bin] ?? 0) + 1;
    if (isBest[index] === true) ofBest[bin] = (ofBest[bin] ?? 0) + 1;
  }
  const active = sum(ofAll);
  const activeBest = sum(ofBest);
  if (bins.count === 1 || active < 2 || activeBest === 0) return 0;
  const bestShare = activeBest / isBest.filter(Boolean).length;
  return (
    ((bestShare * bestShare) / (active / trials.length)) *
    pearson(binDensity(ofBest, bins.ordered), binDensity(ofAll, bins.ordered))
  );
}

/** Pearson's divergence of one distribution from another over the same bins. */
function pearson(of: readonly number[], from: readonly number[]): number {
  return sum(
    of.map((density, bin) => {
      // The tiny number is Optuna's guard against an empty bin.
      const base = (from[bin] ?? 0) + 1e-12;
      return base * ((density + 1e-12) / base - 1) ** 2;
    }),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
