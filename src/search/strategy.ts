import type { Params } from "../domain/types.ts";
import type { Space } from "../domain/space.ts";

/**
 * A trial as strategies see it: `loss` is always to be minimised (the direction of the SPEC was
 * applied before), and null when the run failed in any way: a bad observation, never a number.
 */
export interface Trial {
  /** Position among the experiment's trials, from 0; also the index its proposal was made with. */
  index: number;
  params: Params;
  loss: number | null;
  /**
   * Losses of every objective, the first of them `loss`; absent with a single objective, and where
   * the run did not measure them all.
   */
  losses?: readonly number[];
  /** By how much it breaks the output constraints: 0 when it keeps them; absent when there are none. */
  violation?: number;
  /** For a pruned run: the step it got to; its loss is the last it reported, not a result. */
  pruned_at?: number;
  /** How long its run took; absent when nobody knows. */
  duration_ms?: number;
  strategy: string | null;
  /** What the strategy returned as provenance for this trial, e.g. tree lineage. */
  provenance: Params | null;
}

export interface ProposalRequest {
  space: Space;
  /** How many objectives trials have; 1 when left out. */
  objectives?: number;
  /** Finished trials of this tier, oldest first. */
  history: readonly Trial[];
  /** Params being evaluated right now by others. */
  running: readonly Params[];
  /** Iterations this search is meant to take in all. */
  budget: number;
  seed: number;
  /** Index of the trial to propose: with the seed, the only source of randomness. */
  index: number;
}

export interface Proposal {
  params: Params;
  /** Why these params: recorded in the bundle and given back in `Trial.provenance`. */
  provenance: Params;
}

/**
 * A search strategy: a pure function of the request. It keeps no state between calls, so resuming,
 * asking in parallel and replaying need nothing special. Proposals are always inside the space.
 */
export interface Strategy {
  name: string;
  /** One line for `--help` and the docs. */
  summary: string;
  /** Whether it looks for a front when trials have several losses, or does not look at all. */
  multi?: true;
  propose(request: ProposalRequest): Proposal;
}
