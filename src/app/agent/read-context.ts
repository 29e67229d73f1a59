import { specForTier } from "../../domain/spec/tiers.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import { stopReason } from "../../domain/stop.ts";
import type { AgentContext, StopRule } from "../../reduce/agent/agent-context.ts";
import { fitContext } from "../../reduce/agent/fit-context.ts";
import { ownRunCount, stopFacts } from "../../reduce/experiment.ts";
import type { ExperimentView } from "../../reduce/views.ts";
import { experimentLayout } from "../../store/layout.ts";
import { readText } from "../../store/read-text.ts";
import type { Session } from "../session.ts";
import { showExperiment } from "../show.ts";
import { trialRows } from "../trials.ts";
import { failureGroups } from "./failure-groups.ts";
import { proposable } from "./ticket-kind.ts";

/** All that an agent needs to know of an experiment, in a bounded size; changes nothing. */
export async function readContext(session: Session, id: string): Promise<AgentContext> {
  const { layout } = session.store;
  const { view, spec: base, holder } = await showExperiment(session, id);
  const spec = specForTier(base, view.current_fidelity_tier);
  const rows = await trialRows(session, id);
  const { space, kind } = await proposable(spec);
  const now = session.now();
  return fitContext({
    spec,
    view,
    rows,
    space,
    kind,
    holder,
    program: readText(layout.program) ?? "",
    failures: failureGroups(experimentLayout(layout, id).runs, rows),
    stops: stopRules(base, view, now),
    now,
  });
}

function stopRules(spec: Spec, view: ExperimentView, now: string): StopRule[] {
  const total = spec.max_iterations_total;
  const used = ownRunCount(view);
  const reason = stopReason(spec, stopFacts(view), now);
  return [
    { rule: "max_iterations_total", met: used >= total, detail: `${used} of ${total}` },
    ...Object.entries(spec.stop_conditions).map(([rule, limit]) => ({
      rule,
      met: reason?.startsWith(rule.replace(/_after.*/, "")) ?? false,
      detail: String(limit),
    })),
  ];
}
