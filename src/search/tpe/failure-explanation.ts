import type { Observations } from "./observations.ts";

/** How likely params are to fail, by their point: 0 to 1. */
export type Risk = (point: Float64Array) => number;

/** A way to tell failures from the rest. */
export interface Explanation {
  /** Log likelihood of the outcomes, each predicted from all the others. */
  evidence: number;
  risk: Risk;
}

/** The finished trials, as explanations need them. */
export interface Outcomes {
  past: Observations;
  /** Row numbers. */
  finished: readonly number[];
  /** The share that failed; below 1, as nothing is certain. */
  rate: number;
}

/** How many trials the overall rate counts as, beside those near a point. */
export const DOUBT = 0.1;
