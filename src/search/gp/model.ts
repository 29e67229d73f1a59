import { fitsSpace } from "../../domain/space/axes.ts";
import type { Space } from "../../domain/space.ts";
import { lossOf } from "../loss.ts";
import { isFeasible } from "../penalised.ts";
import type { ProposalRequest, Trial } from "../strategy.ts";
import type { Feasibility } from "./acquisition.ts";
import type { Data } from "./fit.ts";
import { type Feature, featuresOf, inputsOf } from "./features.ts";
import { learnLosses, learnSuccess, lossData, subset, successData } from "./learn.ts";
import { type Posterior, isNoisy, posterior } from "./posterior.ts";

/** Points that a process is conditioned on at most: its cost grows with their cube. */
const MOST_POINTS = 300;

/** What history and running trials say about a space. */
export interface Model {
  objective: Posterior;
  /** null as long as nothing has failed or broken an output constraint. */
  feasibility: Feasibility | null;
  /** What there is to beat, best first. */
  results: Result[];
}

export interface Result {
  inputs: Float64Array;
  /** In the units of the objective: as measured or, under noise, as the model believes. */
  value: number;
}

/** The model of a request; null before two trials have succeeded. */
export function modelOf({ space, history, running }: ProposalRequest): Model | null {
  const features = featuresOf(space);
  const trials = history
    .filter(({ params }) => fitsSpace(space, params))
    .sort((a, b) => a.index - b.index);
  const measured = trials.filter(succeeded);
  if (measured.length < 2) return null;

  const { hyper, reach } = learnLosses(space, prefix(measured));
  const data = lossData(features, measured, reach);
  let objective = posterior(subset(data, MOST_POINTS), hyper);
  const results = resultsOf(objective, data, measured);
  const best = results[0]!.value;
  const failed = trials.filter((trial) => !succeeded(trial)).map(({ params }) => params);
  const pending = running.filter((params) => fitsSpace(space, params));
  for (const params of [...failed.slice(-MOST_POINTS / 3), ...pending]) {
    // Believed to be what is expected there, but no new best: the point loses its lure.
    const inputs = inputsOf(features, params);
    objective = objective.told(inputs, Math.max(best, objective.at(inputs).mean));
  }
  return {
    objective,
    feasibility: trials.every(isFeasible) ? null : feasibilityOf(space, features, trials),
    results,
  };
}

/** The last value of a pruned run, or of an infeasible one, is data, but no result to beat, unless there is nothing else. */
function resultsOf(objective: Posterior, data: Data, measured: readonly Trial[]): Result[] {
  const all = [...data.inputs.keys()];
  const complete = all.filter(
    (i) => measured[i]!.pruned_at === undefined && isFeasible(measured[i]!),
  );
  const believed = isNoisy(objective);
  return (complete.length > 0 ? complete : all)
    .map((i) => {
      const inputs = data.inputs[i]!;
      return { inputs, value: believed ? objective.at(inputs).mean : data.values[i]! };
    })
    .sort((a, b) => a.value - b.value);
}

function feasibilityOf(
  space: Space,
  features: readonly Feature[],
  trials: readonly Trial[],
): Feasibility {
  const data = successData(features, trials);
  const process = posterior(subset(data, MOST_POINTS), learnSuccess(space, prefix(trials)).hyper);
  // The labels are +1 and -1 before they are shifted and scaled: half way between is 0.
  const threshold = (Math.min(...data.values) + Math.max(...data.values)) / 2;
  return { process, threshold };
}

/** As many of the first trials as fits are made for: all of up to 40, then in steps of about 5 %. */
function prefix(trials: readonly Trial[]): readonly Trial[] {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(trials.length / 20)));
  return trials.slice(0, trials.length - (trials.length % step));
}

function succeeded(trial: Trial): boolean {
  return lossOf(trial) < Infinity;
}
