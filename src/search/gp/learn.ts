import type { Space } from "../../domain/space.ts";
import { lossOf } from "../loss.ts";
import { isFeasible } from "../penalised.ts";
import { remember } from "../remember.ts";
import type { Trial } from "../strategy.ts";
import { type Feature, featuresOf, inputsOf } from "./features.ts";
import { type Data, type Fit, costOf, fitHyper } from "./fit.ts";
import type { Hyper } from "./kernel.ts";
import { representative } from "./subset.ts";
import { standardise, warpLosses } from "./warp.ts";

/** Points that hyper-parameters are fitted to at most: one fit takes dozens of factorings. */
const MOST_FITTED = 120;
/** Steps of the fits that are only to compare reaches by, and to start from. */
const ROUGH_STEPS = 8;
/** With fewer, the fit starts from the defaults. */
const FEWEST_FITTED = 8;

/**
 * How far losses keep their shape beyond the median (`warpLosses`): what explains the data best.
 * A first version of this choice, on the tuning half of the bench and beside it, 48 pairs: balanced
 * mean log10 r of gp at 50, 100 and 200 was -0.34 -0.34 -0.22 (standard errors 0.15 0.13 0.11) below that with Vizier's
 * half-rank warp for all (arXiv 2408.11527). There one search in ten took the flat half for a plateau
 * and stayed where it was, even on a bowl; and under noise ranks hid in which direction it goes down.
 */
const REACHES = [0.03, 0.3, 3, 30, Infinity];

type Learn<Result> = (space: Space, trials: readonly Trial[]) => Result;

/** Hyper-parameters of the losses, and the reach of the warp they are for. */
export interface LossFit extends Fit {
  reach: number;
}

/**
 * Hyper-parameters fitted to the losses of these trials, starting from those of their first half,
 * and so on down. So they follow from the trials alone, however often and by whomever they were
 * asked for, and one fit from nothing costs little more than the last step.
 */
export const learnLosses: Learn<LossFit> = remember((space, trials) => {
  const half = firstHalf(trials);
  if (half === null) return cheapest(learnAll(space, trials));
  // The reach is chosen by the hyper-parameters that each had for the first half.
  const starts = learnAll(space, half).map((fit) => {
    const view = viewOf(space, trials, fit.reach);
    return { view, hyper: fit.hyper, cost: costOf(view.data, fit.hyper) - view.logSlope };
  });
  const { view, hyper } = cheapest(starts);
  return fitView(view, hyper);
});

/** The same for every reach. */
const learnAll: Learn<LossFit[]> = remember((space, trials) => {
  const half = firstHalf(trials);
  const starts = half === null ? null : learnAll(space, half);
  return REACHES.map((reach, i) =>
    fitView(viewOf(space, trials, reach), starts?.[i]?.hyper ?? null, ROUGH_STEPS),
  );
});

/** The same for where runs succeed. */
export const learnSuccess = remember(fitSuccess);

/** Inputs and warped losses of trials that succeeded. */
export function lossData(
  features: readonly Feature[],
  trials: readonly Trial[],
  reach: number,
): Data & { logSlopes: Float64Array } {
  return { ...pointsOf(features, trials), ...warpLosses(Float64Array.from(trials, lossOf), reach) };
}

export function successData(features: readonly Feature[], trials: readonly Trial[]): Data {
  return {
    ...pointsOf(features, trials),
    values: standardise(Float64Array.from(trials, (trial) => (isFeasible(trial) ? 1 : -1))),
  };
}

/** Those of the data that are worth the cost when they are many. */
export function subset(data: Data, size: number): Data {
  if (data.inputs.length <= size) return data;
  return pick(data, representative(data.inputs, data.values, size));
}

/** The data to fit to, for one reach. */
interface View {
  reach: number;
  data: Data;
  /** What makes densities of values of different warps densities of the same losses. */
  logSlope: number;
}

function viewOf(space: Space, trials: readonly Trial[], reach: number): View {
  const data = lossData(featuresOf(space), trials, reach);
  const chosen = representative(data.inputs, data.values, MOST_FITTED);
  const logSlope = chosen.reduce((sum, i) => sum + data.logSlopes[i]!, 0);
  return { reach, data: pick(data, chosen), logSlope };
}

function fitView({ data, logSlope, reach }: View, start: Hyper | null, steps?: number): LossFit {
  const { hyper, cost } = fitHyper(data, start, steps);
  return { hyper, cost: cost - logSlope, reach };
}

function cheapest<Some extends { cost: number }>(all: readonly Some[]): Some {
  return all.reduce((best, one) => (one.cost < best.cost ? one : best));
}

function fitSuccess(space: Space, trials: readonly Trial[]): Fit {
  const half = firstHalf(trials);
  const start = half === null ? null : fitSuccess(space, half).hyper;
  return fitHyper(subset(successData(featuresOf(space), trials), MOST_FITTED), start);
}

/** null when that is too little to learn from. */
function firstHalf(trials: readonly Trial[]): readonly Trial[] | null {
  const half = trials.slice(0, trials.length >> 1);
  return half.length < FEWEST_FITTED ? null : half;
}

function pointsOf(features: readonly Feature[], trials: readonly Trial[]): Omit<Data, "values"> {
  return {
    inputs: trials.map(({ params }) => inputsOf(features, params)),
    isChoice: features.map(({ kind }) => kind === "choice"),
  };
}

function pick(data: Data, chosen: readonly number[]): Data {
  return {
    isChoice: data.isChoice,
    inputs: chosen.map((i) => data.inputs[i]!),
    values: Float64Array.from(chosen, (i) => data.values[i]!),
  };
}
