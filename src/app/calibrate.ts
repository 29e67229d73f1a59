import { join } from "node:path";
import { ACCEPTANCE_DEFAULTS } from "../domain/acceptance/decide.ts";
import { type Noise, noiseOf } from "../domain/acceptance/noise.ts";
import { LabError } from "../domain/errors.ts";
import { specForTier } from "../domain/spec/tiers.ts";
import { measureNull } from "../run/reference/calibrate.ts";
import { removeTree } from "../run/remove-tree.ts";
import { experimentLayout } from "../store/layout.ts";
import { restoreLostRuns } from "./restore-lost-runs.ts";
import type { Session } from "./session.ts";
import { withLease } from "./with-lease.ts";

export interface CalibrateReport extends Noise {
  experiment: string;
  tier: string;
  metric: string;
}

/**
 * Measures the workspace against itself in `pairs` pairs and records how much such measurements
 * differ. Nothing is changed, and no run is made of it. The time budget of the SPEC holds for all
 * measurements of the call together.
 */
export async function calibrate(
  session: Session,
  request: { experiment: string; pairs: number; signal: AbortSignal },
): Promise<CalibrateReport> {
  const { experiment, pairs, signal } = request;
  const { store, lab } = session;
  await restoreLostRuns(session);
  await store.view(experiment);
  return withLease(session, experiment, "calibrate", async (lease) => {
    const view = await store.view(experiment);
    const tier = view.current_fidelity_tier;
    const spec = specForTier(await store.spec(experiment), tier);
    if (spec.workspace_root === "") {
      throw new LabError("usage", `${experiment} has no workspace to measure`, {
        hint: "set workspace_root in its SPEC.yaml",
      });
    }
    const { lease_id } = lease.record;
    const folder = join(store.layout.scratch, lease_id);
    // Of this call alone: seeds depend on it.
    const id = `CALIBRATE-${lease_id}`;
    try {
      const measured = await measureNull(
        {
          processes: lab.processes,
          clock: lab.clock,
          spec,
          data_root: store.layout.root,
          experiment_dir: experimentLayout(store.layout, experiment).dir,
          run: {
            id,
            dir: join(folder, "calibrate"),
            iteration: 0,
            role: "calibrate",
            tier,
            next_tier: null,
            lease_id,
            mode: "scheduled",
          },
          best: null,
          params: null,
          seed: null,
          sandbox: null,
          scratch_dir: join(folder, "trees"),
          inherited: lab.env,
          signal,
        },
        pairs,
      );
      const noise = noiseOf(measured, spec.acceptance ?? ACCEPTANCE_DEFAULTS);
      const { mean, sd } = noise;
      await store.record(
        [{ type: "noise_calibrated", ts: session.now(), experiment, tier, pairs, mean, sd }],
        { sync: true },
      );
      return { experiment, tier, metric: spec.metric, ...noise };
    } finally {
      removeTree(folder);
    }
  });
}
