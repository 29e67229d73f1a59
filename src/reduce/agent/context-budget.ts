import type { Spec } from "../../domain/spec/spec.ts";
import { ownRunCount } from "../experiment.ts";
import { openTickets } from "../tickets.ts";
import { openAsks } from "../trials.ts";
import type { ExperimentView } from "../views.ts";
import type { AgentContext, ContextFacts } from "./agent-context.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Without a plateau rule in the SPEC: so many measured runs in a row tell that a direction is used up. */
const USUAL_PLATEAU = 12;

/** What may still be spent. */
export function budgetOf({ spec, view, now }: ContextFacts): AgentContext["budget"] {
  const { hard_stop_after_days: days, max_hours, max_runs, max_usd } = spec.stop_conditions;
  const max = Math.min(spec.max_iterations_total, max_runs ?? Number.POSITIVE_INFINITY);
  const used = ownRunCount(view);
  const reserved = openAsks(view).length + openTickets(view, now).length;
  const created = Date.parse(view.created_at);
  return {
    iterations: { used, reserved, max, left: Math.max(0, max - used - reserved) },
    run_hours: {
      used: Math.round((view.run_time_ms / HOUR_MS) * 1e4) / 1e4,
      max: max_hours ?? null,
    },
    usd: { used: view.cost_usd, max: max_usd ?? null },
    minutes_per_run: spec.time_budget_minutes,
    until:
      days === undefined || !Number.isFinite(created)
        ? null
        : new Date(created + days * DAY_MS).toISOString(),
  };
}

/** Whether the search still moves. */
export function plateauOf(spec: Spec, view: ExperimentView): AgentContext["plateau"] {
  const limit = spec.stop_conditions.plateau_after_consecutive_low_signal_runs ?? USUAL_PLATEAU;
  const runs_since_best = view.runs_since_best;
  const level = runs_since_best >= limit ? "stuck" : runs_since_best * 2 >= limit ? "warn" : "ok";
  const advice = {
    ok: "go on",
    warn: "half of a plateau: try something of another kind",
    stuck: "nothing better for long: change the approach, or note what was learned and stop",
  }[level];
  return { level, runs_since_best, advice };
}
