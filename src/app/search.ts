import type { PrunerConfig } from "../domain/pruner-config.ts";
import { workspaceRevision } from "../run/workspace-revision.ts";
import type { Lease } from "../store/leases.ts";
import { openProposer, type OpenProposer, type SearchRequest } from "./open-proposer.ts";
import { createPruning, type Pruning } from "./pruning.ts";
import { createSandboxPool, type SandboxPool } from "./sandbox-pool.ts";
import type { Session } from "./session.ts";
import { trialRows } from "./trials.ts";

/** All that one search over one tier of an experiment needs; the caller disposes of the pool. */
export interface Search extends OpenProposer {
  pool: SandboxPool;
  /** Commit of the workspace, when it is in a git checkout. */
  revision: string | null;
  /** null when the SPEC has no pruner. */
  pruning: Pruning | null;
}

/**
 * Opens the search of an experiment's current tier, with its whole history. `pruner` overrules that
 * of the SPEC; null is none.
 */
export async function openSearch(
  session: Session,
  request: SearchRequest & { pruner?: PrunerConfig | null },
  lease: Lease,
): Promise<Search> {
  const opened = await openProposer(session, request);
  const { pruner = opened.spec.pruner } = request;
  const spec = { ...opened.spec, pruner };
  const revision = await workspaceRevision(spec.workspace_root);
  const { layout } = session.store;
  const pool = createSandboxPool(layout, spec, lease.record.lease_id, session.lab.log);
  const rows = pruner === null ? [] : await trialRows(session, request.experiment);
  return { ...opened, spec, pool, revision, pruning: createPruning(spec, opened.tier, rows) };
}
