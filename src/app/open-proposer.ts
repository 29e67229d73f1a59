import { specForTier } from "../domain/spec/tiers.ts";
import type { Space } from "../domain/space.ts";
import type { Spec } from "../domain/spec/spec.ts";
import type { TrialRow } from "../domain/types.ts";
import type { Allocation } from "../search/allocation.ts";
import { createTierPlan, type TierPlan } from "../schedule/tier-plan.ts";
import { createProposer, type Proposer } from "./proposer.ts";
import { loadSpace } from "./search-space.ts";
import type { Session } from "./session.ts";
import { trialRows } from "./trials.ts";

export interface SearchRequest {
  experiment: string;
  /** Strategy names; several take turns. */
  arms: readonly string[];
  /** How they do; "round-robin" when left out. */
  allocate?: Allocation;
  seed: number | null;
  /** A file, or null for the experiment's own. */
  search_space: string | null;
}

/** What proposing for one tier of an experiment needs. */
export interface OpenProposer {
  /** Resolved for the tier. */
  spec: Spec;
  tier: string;
  space: Space;
  proposer: Proposer;
  /** Which tier the next run is of. */
  plan: TierPlan;
  /** The whole history. */
  rows: readonly TrialRow[];
}

/** Opens the proposals of an experiment's current tier, with its whole history. */
export async function openProposer(
  session: Session,
  request: SearchRequest,
): Promise<OpenProposer> {
  const { store } = session;
  const { current_fidelity_tier: tier } = await store.view(request.experiment);
  const whole = await store.spec(request.experiment);
  const spec = specForTier(whole, tier);
  const space = await loadSpace(spec, request.search_space);
  const rows = await trialRows(session, request.experiment);
  const { arms, seed, allocate = "round-robin" } = request;
  const proposer = createProposer({ spec, space, tier, arms, allocate, seed, rows });
  return { spec, tier, space, proposer, rows, plan: createTierPlan(whole, tier, rows) };
}
