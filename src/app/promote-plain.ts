import { PROMOTED, promotionProvenance } from "../domain/promoted.ts";
import { createTierPlan } from "../schedule/tier-plan.ts";
import { openLanes } from "./lanes.ts";
import { runOne } from "./one-run.ts";
import type { RunOutcome, RunRequest } from "./run-request.ts";
import { repeatOf } from "./repeat-run.ts";
import type { Session } from "./session.ts";
import { trialRows } from "./trials.ts";

/**
 * Runs the promotion that is due in an experiment whose scheduled runs are not proposed by a
 * strategy; null when none is. What goes on is a change of code that the reference executor measured,
 * or params from elsewhere.
 */
export async function promotePlain(
  session: Session,
  common: Pick<RunRequest, "experiment" | "mode" | "iteration" | "lease" | "signal" | "remote">,
  mayRun: (tier: string) => boolean,
): Promise<RunOutcome | null> {
  const { store } = session;
  const { experiment, lease } = common;
  const spec = await store.spec(experiment);
  const view = await store.view(experiment);
  const rows = await trialRows(session, experiment);
  const plan = createTierPlan(spec, view.current_fidelity_tier, rows, { patches: true });
  const due = plan.promotion(view.asked, mayRun);
  if (due === null) return null;
  const lanes = openLanes(session, spec, lease, rows);
  try {
    return await runOne(session, {
      ...common,
      ...(await repeatOf(session, lanes, spec, due)),
      strategy: PROMOTED,
      provenance: promotionProvenance(due.origin),
      seed: null,
    });
  } finally {
    await lanes.dispose();
  }
}
