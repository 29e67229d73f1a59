import { specForTier } from "../../domain/spec/tiers.ts";
import type { AgentContext } from "../../reduce/agent/agent-context.ts";
import { fitContext } from "../../reduce/agent/fit-context.ts";
import { readText } from "../../store/read-text.ts";
import type { Session } from "../session.ts";
import { showExperiment } from "../show.ts";
import { trialRows } from "../trials.ts";
import { experimentLayout } from "../../store/layout.ts";
import { baselineOf } from "./baseline-of.ts";
import { basisFingerprint, ticketBasis } from "./ticket-basis.ts";
import { proposable } from "./ticket-kind.ts";

/** All that an agent needs to know of an experiment, in a bounded size; changes nothing. */
export async function readContext(session: Session, id: string): Promise<AgentContext> {
  const { layout } = session.store;
  const { view, spec: base, stops, holder } = await showExperiment(session, id);
  const spec = specForTier(base, view.current_fidelity_tier);
  const rows = await trialRows(session, id);
  const { space, kind } = await proposable(spec);
  return fitContext({
    spec,
    view,
    rows,
    space,
    kind,
    holder,
    program: readText(layout.program) ?? "",
    stops: stops.map(({ rule, met, near, why }) => ({ rule, met, near, detail: why })),
    baseline: baselineOf(experimentLayout(layout, id).runs, spec, view, rows),
    fingerprint: basisFingerprint(ticketBasis(spec, view)),
    now: session.now(),
  });
}
