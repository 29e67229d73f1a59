import { fitsSpace } from "../../domain/space/axes.ts";
import type { Space } from "../../domain/space.ts";
import { lossOf } from "../loss.ts";
import { remember } from "../remember.ts";
import type { ProposalRequest, Trial } from "../strategy.ts";
import type { Feasibility } from "./acquisition.ts";
import { type Feature, featuresOf, inputsOf } from "./features.ts";
import { type Data, fitHyper } from "./fit.ts";
import type { Hyper } from "./kernel.ts";
import { type Posterior, posterior } from "./posterior.ts";
import { representative } from "./subset.ts";
import { standardise, warpLosses } from "./warp.ts";

/** Points that a process is conditioned on at most: its cost grows with their cube. */
const MOST_POINTS = 300;
/** Points that hyper-parameters are fitted to at most: one fit takes dozens of factorings. */
const MOST_FITTED = 120;
/** With fewer, the fit starts from the defaults. */
const FEWEST_FITTED = 8;

/** What history and running trials say about a space. */
export interface Model {
  objective: Posterior;
  /** null as long as nothing has failed. */
  feasibility: Feasibility | null;
  /** Lowest value measured, in the units of the objective. */
  best: number;
  /** Inputs of the best trials, best first. */
  leaders: Float64Array[];
}

/** The model of a request; null before two trials have succeeded. */
export function modelOf({ space, history, running }: ProposalRequest): Model | null {
  const features = featuresOf(space);
  const trials = history
    .filter(({ params }) => fitsSpace(space, params))
    .sort((a, b) => a.index - b.index);
  const measured = trials.filter(succeeded);
  if (measured.length < 2) return null;

  const data = objectiveData(features, measured);
  let objective = posterior(subset(data, MOST_POINTS), objectiveHyper(space, prefix(measured)));
  // The last value of a pruned run is data, but no result to beat.
  const complete = [...data.values.keys()].filter((i) => measured[i]!.pruned_at === undefined);
  const results = complete.length > 0 ? complete : [...data.values.keys()];
  results.sort((a, b) => data.values[a]! - data.values[b]!);
  const best = data.values[results[0]!]!;
  const failed = trials.filter((trial) => !succeeded(trial)).map(({ params }) => params);
  const pending = running.filter((params) => fitsSpace(space, params));
  for (const params of [...failed.slice(-MOST_POINTS / 3), ...pending]) {
    // Believed to be what is expected there, but no new best: the point loses its lure.
    const inputs = inputsOf(features, params);
    objective = objective.told(inputs, Math.max(best, objective.at(inputs).mean));
  }
  return {
    objective,
    feasibility: failed.length === 0 ? null : feasibilityOf(space, features, trials),
    best,
    leaders: results.slice(0, 4).map((i) => data.inputs[i]!),
  };
}

function feasibilityOf(
  space: Space,
  features: readonly Feature[],
  trials: readonly Trial[],
): Feasibility {
  const data = successData(features, trials);
  const process = posterior(subset(data, MOST_POINTS), successHyper(space, prefix(trials)));
  // The labels are +1 and -1 before they are shifted and scaled: half way between is 0.
  const threshold = (Math.min(...data.values) + Math.max(...data.values)) / 2;
  return { process, threshold };
}

const objectiveHyper = remember(chain(objectiveData));
const successHyper = remember(chain(successData));

/**
 * Hyper-parameters fitted to these trials, starting from those of their first half, and so on down.
 * So they follow from the trials alone, however often and by whomever they were asked for, and one
 * fit from nothing costs little more than the last step.
 */
function chain(dataOf: (features: readonly Feature[], trials: readonly Trial[]) => Data) {
  const fit = (space: Space, trials: readonly Trial[]): Hyper => {
    const half = trials.slice(0, trials.length >> 1);
    const start = half.length < FEWEST_FITTED ? null : fit(space, half);
    return fitHyper(subset(dataOf(featuresOf(space), trials), MOST_FITTED), start);
  };
  return fit;
}

/** As many of the first trials as fits are made for: all of up to 40, then in steps of about 5 %. */
function prefix(trials: readonly Trial[]): readonly Trial[] {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(trials.length / 20)));
  return trials.slice(0, trials.length - (trials.length % step));
}

function objectiveData(features: readonly Feature[], trials: readonly Trial[]): Data {
  return {
    ...pointsOf(features, trials),
    values: warpLosses(Float64Array.from(trials, lossOf)),
  };
}

function successData(features: readonly Feature[], trials: readonly Trial[]): Data {
  return {
    ...pointsOf(features, trials),
    values: standardise(Float64Array.from(trials, (trial) => (succeeded(trial) ? 1 : -1))),
  };
}

function pointsOf(features: readonly Feature[], trials: readonly Trial[]): Omit<Data, "values"> {
  return {
    inputs: trials.map(({ params }) => inputsOf(features, params)),
    isChoice: features.map(({ kind }) => kind === "choice"),
  };
}

function subset(data: Data, size: number): Data {
  if (data.inputs.length <= size) return data;
  const chosen = representative(data.inputs, data.values, size);
  return {
    isChoice: data.isChoice,
    inputs: chosen.map((i) => data.inputs[i]!),
    values: Float64Array.from(chosen, (i) => data.values[i]!),
  };
}

function succeeded(trial: Trial): boolean {
  return lossOf(trial) < Infinity;
}
