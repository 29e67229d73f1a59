import { LabError } from "../domain/errors.ts";
import type { PhaseSet } from "../domain/events.ts";
import { hasTier, openTiers } from "../domain/spec/tiers.ts";
import type { ExperimentView } from "../reduce/views.ts";
import { assertPerson } from "./assert-person.ts";
import { targetsOf } from "./notify/start-notifying.ts";
import { restoreLostRuns } from "./restore-lost-runs.ts";
import type { Session } from "./session.ts";

/** What people may do to an experiment's phase, by the name of the command. */
export const PHASE_VERBS = {
  pause: { phase: "paused", past: "paused", reason: "manual pause" },
  resume: { phase: "active", past: "resumed", reason: "manual resume" },
  complete: { phase: "completed", past: "completed", reason: "marked complete" },
} as const satisfies Record<string, { phase: PhaseSet["phase"]; past: string; reason: string }>;

/**
 * Sets the phase of an experiment. It needs no lease: the event takes its place in the ledger, and
 * a run in progress finishes and is counted.
 */
export async function setPhase(
  session: Session,
  id: string,
  verb: keyof typeof PHASE_VERBS,
  reason: string | null,
): Promise<ExperimentView> {
  const { store } = session;
  await restoreLostRuns(session);
  const { finalized, phase } = await store.view(id);
  if (verb === "resume" && finalized !== undefined) {
    throw new LabError(
      "policy-refused",
      `${id} was finalized: what is searched after a look at tier ${finalized.tier} is not held out from it`,
      { hint: `create another experiment that names it: parent_experiment: ${id}` },
    );
  }
  if (verb === "resume" && phase === "awaiting-human") assertPerson(session.lab, "resume");
  const tells = (await targetsOf(session, id)) !== null;
  const { openOutbox, tellPending } = tells ? await import("./notify/pending.ts") : NOBODY;
  await openOutbox(session, id);
  await store.record(
    [
      {
        type: "phase_set",
        ts: session.now(),
        experiment: id,
        phase: PHASE_VERBS[verb].phase,
        reason: reason ?? PHASE_VERBS[verb].reason,
      },
    ],
    { sync: true },
  );
  await store.flush();
  await tellPending(session, id, { limit_ms: 5000, now: false });
  return store.view(id);
}

/** An experiment that tells nobody. */
const NOBODY = {
  openOutbox: async () => {},
  tellPending: async () => {},
};

/** Moves an experiment to another fidelity tier; its success streak there starts anew. */
export async function setFidelity(
  session: Session,
  id: string,
  tier: string,
  reason: string | null,
): Promise<ExperimentView> {
  const { store } = session;
  await restoreLostRuns(session);
  await store.view(id);
  const spec = await store.spec(id);
  if (!hasTier(spec, tier)) {
    throw new LabError("usage", `${id} has no fidelity tier ${JSON.stringify(tier)}`, {
      hint: `choose one of: ${openTiers(spec).join(", ")}`,
    });
  }
  if (tier === spec.locked_tier) {
    throw new LabError("policy-refused", `${id}: tier ${tier} is locked: finalize alone runs it`, {
      hint: `run \`labctl finalize ${id}\` when the search is over`,
    });
  }
  await store.record(
    [
      {
        type: "fidelity_set",
        ts: session.now(),
        experiment: id,
        tier,
        reason: reason ?? "manual",
      },
    ],
    { sync: true },
  );
  await store.flush();
  return store.view(id);
}
