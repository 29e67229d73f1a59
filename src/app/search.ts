import { specForTier } from "../domain/spec/tiers.ts";
import type { Spec } from "../domain/spec/spec.ts";
import { workspaceRevision } from "../run/workspace-revision.ts";
import type { Lease } from "../store/leases.ts";
import { createProposer, type Proposer } from "./proposer.ts";
import { createSandboxPool, type SandboxPool } from "./sandbox-pool.ts";
import { loadSpace } from "./search-space.ts";
import type { Session } from "./session.ts";
import { trialRows } from "./trials.ts";

/** All that one search over one tier of an experiment needs; the caller disposes of the pool. */
export interface Search {
  /** Resolved for the tier. */
  spec: Spec;
  tier: string;
  proposer: Proposer;
  pool: SandboxPool;
  /** Commit of the workspace, when it is in a git checkout. */
  revision: string | null;
}

export interface SearchRequest {
  experiment: string;
  /** Strategy names; several take turns. */
  arms: readonly string[];
  seed: number | null;
  /** A file, or null for the experiment's own. */
  search_space: string | null;
}

/** Opens the search of an experiment's current tier, with its whole history. */
export async function openSearch(
  session: Session,
  request: SearchRequest,
  lease: Lease,
): Promise<Search> {
  const { store } = session;
  const { current_fidelity_tier: tier } = await store.view(request.experiment);
  const spec = specForTier(await store.spec(request.experiment), tier);
  const proposer = createProposer({
    spec,
    space: await loadSpace(spec, request.search_space),
    tier,
    arms: request.arms,
    seed: request.seed,
    rows: await trialRows(session, request.experiment),
  });
  const revision = await workspaceRevision(spec.workspace_root);
  const pool = createSandboxPool(store.layout, spec, lease.record.lease_id, session.lab.log);
  return { spec, tier, proposer, pool, revision };
}
