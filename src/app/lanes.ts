import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../domain/spec/spec.ts";
import { specForTier } from "../domain/spec/tiers.ts";
import type { TrialRow } from "../domain/types.ts";
import { workspaceRevision } from "../run/workspace-revision.ts";
import type { Lease } from "../store/leases.ts";
import { createPruning, type Pruning } from "./pruning.ts";
import { createSandboxPool, type SandboxPool } from "./sandbox-pool.ts";
import type { Session } from "./session.ts";

/** What runs of one tier need. */
export interface Lane {
  pool: SandboxPool;
  /** Commit of the workspace, when it is in a git checkout. */
  revision: string | null;
  /** Compares runs of this tier only; null when the SPEC has no pruner. */
  pruning: Pruning | null;
}

export interface Lanes {
  /** The lane of a tier, opened when it is asked for first. */
  of(tier: string): Promise<Lane>;
  dispose(): Promise<void>;
}

/**
 * Lanes of an experiment, for as long as the lease is held. `rows`: its history when this begins.
 * Tiers with the same workspace share its sandboxes.
 */
export function openLanes(
  session: Session,
  spec: Spec,
  lease: Lease,
  rows: readonly TrialRow[],
): Lanes {
  const { layout } = session.store;
  const folder = join(layout.scratch, lease.record.lease_id);
  const lanes = new Map<string, Promise<Lane>>();
  const pools = new Map<string, SandboxPool>();

  function poolOf(tierSpec: Spec): SandboxPool {
    const { workspace_root, workspace_mode, require_clean_workspace } = tierSpec;
    const workspace = JSON.stringify([workspace_root, workspace_mode, require_clean_workspace]);
    let pool = pools.get(workspace);
    if (pool === undefined) {
      const place = join(folder, `workspace-${pools.size + 1}`);
      pool = createSandboxPool(layout, tierSpec, place, session.lab.log);
      pools.set(workspace, pool);
    }
    return pool;
  }

  async function open(tier: string): Promise<Lane> {
    const tierSpec = specForTier(spec, tier);
    return {
      pool: poolOf(tierSpec),
      revision: await workspaceRevision(tierSpec.workspace_root),
      pruning: createPruning(spec, tier, rows),
    };
  }

  return {
    of(tier) {
      const lane = lanes.get(tier) ?? open(tier);
      lanes.set(tier, lane);
      return lane;
    },
    async dispose() {
      for (const pool of pools.values()) await pool.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
