import type { RunSealed } from "../domain/events.ts";
import { isBetter } from "../domain/metric.ts";
import type { Spec } from "../domain/spec/spec.ts";
import { formatValue } from "./number.ts";
import type { ExperimentView } from "./views.ts";
import type { Trend } from "./watched.ts";

/** So many values have to be known before one of them can be called a breakthrough. */
const BREAKTHROUGH_AFTER = 3;
const REGRESSIONS = 3;

/** What a sealed run was compared with: the state before it. */
export interface Before {
  best: number | null;
  trend: Trend | null;
}

export function stateBefore(view: ExperimentView, tier: string): Before {
  const best = Object.hasOwn(view.best_metric_by_tier, tier)
    ? (view.best_metric_by_tier[tier] ?? null)
    : null;
  return { best, trend: trendOf(view, tier) };
}

/** Adds a measured value to the trend of its tier. */
export function foldTrend(view: ExperimentView, event: RunSealed, value: number): void {
  const { metric_direction: direction } = view;
  const known = trendOf(view, event.tier);
  const last = known?.last ?? null;
  const isWorse = last !== null && isBetter(direction, last, value);
  const declines = known?.declines ?? 0;
  // What was measured elsewhere says how values spread, and nothing about how it goes here.
  const isHere = event.mode !== "imported";
  view.trend_by_tier[event.tier] = {
    last: isHere ? value : last,
    worst: known === null || isBetter(direction, known.worst, value) ? value : known.worst,
    values: (known?.values ?? 0) + 1,
    declines: isHere ? (isWorse ? declines + 1 : 0) : declines,
  };
}

/** After a person let it go on, three more in a row have to be worse. */
export function forgetDeclines(view: ExperimentView): void {
  for (const trend of Object.values(view.trend_by_tier)) trend.declines = 0;
}

/**
 * Why a person has to look after this run, by the SPEC's escalate_when; null when nobody has to. In
 * `guided` a person looks anyway.
 */
export function escalationReason(
  spec: Spec,
  view: ExperimentView,
  event: RunSealed,
  { value, before }: { value: number | null; before: Before },
): string | null {
  if (event.mode === "guided" || event.mode === "imported") return null;
  for (const rule of spec.escalate_when) {
    const why = RULES[rule](view, event, value, before);
    if (why !== null) return `Escalated: ${rule}: ${why}`;
  }
  return null;
}

type Rule = (
  view: ExperimentView,
  event: RunSealed,
  value: number | null,
  before: Before,
) => string | null;

const RULES: Record<Spec["escalate_when"][number], Rule> = {
  breakthrough_found(view, event, value, { best, trend }) {
    if (value === null) return null;
    if (event.breakthrough === true) return `${event.run_id} reports one (${formatValue(value)})`;
    if (best === null || trend === null || trend.values < BREAKTHROUGH_AFTER) return null;
    if (!isBetter(view.metric_direction, value, best)) return null;
    const gain = Math.abs(value - best);
    const spread = Math.abs(best - trend.worst);
    if (gain <= spread) return null;
    return `${formatValue(value)} after ${formatValue(best)}, a step larger than the spread of all ${trend.values} values before it (${formatValue(spread)})`;
  },

  blocked_on_external_access(_, event) {
    if (event.blocked === undefined) return null;
    return `${event.blocked} trouble in ${event.run_id}`;
  },

  metric_regression_3_consecutive(view, event, value) {
    if (value === null) return null;
    const declines = trendOf(view, event.tier)?.declines ?? 0;
    if (declines < REGRESSIONS) return null;
    return `${declines} measured runs in a row were each worse than the one before (last ${formatValue(value)})`;
  },
};

function trendOf(view: ExperimentView, tier: string): Trend | null {
  return Object.hasOwn(view.trend_by_tier, tier) ? (view.trend_by_tier[tier] ?? null) : null;
}
