import { join } from "node:path";
import { dispatchedRuns } from "../../reduce/experiment.ts";
import type { ExperimentView, RunningBrief } from "../../reduce/views.ts";
import { readBundle } from "../../store/bundles.ts";
import { experimentLayout } from "../../store/layout.ts";
import type { NextTrial } from "../proposer.ts";
import type { Session } from "../session.ts";

/** The trials of an experiment that somebody else executes, as they were proposed. */
export async function dispatchedTrials(
  { store }: Session,
  view: ExperimentView,
): Promise<{ brief: RunningBrief; trial: NextTrial }[]> {
  const { runs } = experimentLayout(store.layout, view.id);
  return dispatchedRuns(view).map((brief) => {
    const bundle = readBundle(join(runs, brief.run_id), { check: false });
    const manifest = "manifest" in bundle ? bundle.manifest : null;
    const known = manifest !== null && "params" in manifest ? manifest : null;
    return {
      brief,
      trial: {
        params: known?.params ?? {},
        strategy: known?.strategy ?? "",
        provenance: known?.provenance ?? {},
      },
    };
  });
}
