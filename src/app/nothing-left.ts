import { rerunRule } from "../domain/spec/promotion.ts";
import { nextTier } from "../domain/spec/tiers.ts";
import { openAsks } from "../reduce/trials.ts";
import type { Session } from "./session.ts";

/**
 * Ends an experiment of whose tiers none may have another run (`<tier>_max_runs`), or hands it to a
 * person where another tier is left to move to. Does nothing while asked trials are out.
 */
export async function nothingLeft(session: Session, id: string): Promise<void> {
  const { store } = session;
  const view = await store.view(id);
  if ((view.phase !== "active" && view.phase !== "queued") || openAsks(view).length > 0) return;
  const spec = await store.spec(id);
  const tier = view.current_fidelity_tier;
  const next = rerunRule(spec) === null ? nextTier(spec, tier) : null;
  const phase = next === null ? "completed" : "awaiting-human";
  const reason =
    next === null
      ? "Every tier has had its runs"
      : `Tier ${tier} has had its runs: move on with labctl set-fidelity ${id} ${next}`;
  await store.record([{ type: "phase_set", ts: session.now(), experiment: id, phase, reason }], {
    sync: true,
  });
}
