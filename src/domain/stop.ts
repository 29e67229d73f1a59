import type { Spec } from "./spec/spec.ts";
import type { Direction } from "./types.ts";

/** What stop conditions look at; part of an experiment's view. */
export interface StopFacts {
  metric_direction: Direction;
  best_metric_value: number | null;
  runs_since_best: number;
  run_count: number;
  failure_count: number;
  run_time_ms: number;
  created_at: string;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Which of the SPEC's stop_conditions holds at `at`, in one line; null when none does. */
export function stopReason(spec: Spec, facts: StopFacts, at: string): string | null {
  const stop = spec.stop_conditions;
  const { best_metric_value: best } = facts;
  if (stop.target !== undefined && best !== null) {
    const reached =
      facts.metric_direction === "maximize" ? best >= stop.target : best <= stop.target;
    if (reached) return `target ${stop.target} reached (${best})`;
  }
  const plateau = stop.plateau_after_consecutive_low_signal_runs;
  if (plateau !== undefined && facts.runs_since_best >= plateau) {
    return `plateau: ${facts.runs_since_best} measured runs without a new best`;
  }
  if (stop.max_runs !== undefined && facts.run_count >= stop.max_runs) {
    return `max_runs: ${facts.run_count} runs`;
  }
  if (stop.max_failures !== undefined && facts.failure_count >= stop.max_failures) {
    return `max_failures: ${facts.failure_count} failed runs`;
  }
  if (stop.max_hours !== undefined && facts.run_time_ms >= stop.max_hours * HOUR_MS) {
    return `max_hours: ${(facts.run_time_ms / HOUR_MS).toFixed(2)} hours of runs`;
  }
  const days = stop.hard_stop_after_days;
  const age_ms = Date.parse(at) - Date.parse(facts.created_at);
  if (days !== undefined && age_ms >= days * DAY_MS) {
    return `hard_stop_after_days: created ${facts.created_at}`;
  }
  return null;
}
