import type { Spec, StopConditions } from "./spec/spec.ts";
import type { Direction } from "./types.ts";

/** What stop conditions look at; part of an experiment's view. */
export interface StopFacts {
  metric_direction: Direction;
  best_metric_value: number | null;
  runs_since_best: number;
  run_count: number;
  failure_count: number;
  run_time_ms: number;
  /** Spent on models, open calls included. */
  cost_usd: number;
  cost_tokens: number;
  created_at: string;
}

/** A limit of the SPEC and where the experiment stands with it. */
export interface StopRow {
  rule: keyof StopConditions | "max_iterations_total";
  limit: number;
  /** In the unit of the limit; null when nothing was measured yet. */
  now: number | null;
  met: boolean;
  /** Not met, and four fifths of the way; a target is never near, because nobody knows the way. */
  near: boolean;
  /** Depends on the clock and not only on what happened. */
  timed: boolean;
  /** Both in one line: what stopped it, or how far it is. */
  why: string;
}

type Standing = Pick<StopRow, "now" | "met" | "why">;
type Rule = (limit: number, facts: StopFacts, at: string) => Standing;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const NEAR = 0.8;
const TIMED = new Set<StopRow["rule"]>(["hard_stop_after_days"]);

/** One function a stop condition, in the order in which they are asked. */
const RULES: [keyof StopConditions, Rule][] = [
  ["target", target],
  ["plateau_after_consecutive_low_signal_runs", plateau],
  ["max_runs", counted("max_runs", "runs", (facts) => facts.run_count)],
  ["max_failures", counted("max_failures", "failed runs", (facts) => facts.failure_count)],
  ["max_hours", hours],
  ["max_usd", dollars],
  ["max_tokens", tokens],
  ["hard_stop_after_days", days],
];

/** Which of the SPEC's stop_conditions holds at `at`, in one line; null when none does. */
export function stopReason(spec: Spec, facts: StopFacts, at: string): string | null {
  return stopRows(spec, facts, at).find((row) => row.met)?.why ?? null;
}

/** Every stop condition of the SPEC with where it stands at `at`, in the order they are asked. */
export function stopRows(spec: Spec, facts: StopFacts, at: string): StopRow[] {
  return RULES.flatMap(([rule, judge]) => {
    const limit = spec.stop_conditions[rule];
    return limit === undefined ? [] : [rowOf(rule, limit, judge(limit, facts, at))];
  });
}

/** max_iterations_total as a row: a limit that every experiment has. */
export function iterationsRow(spec: Spec, facts: StopFacts): StopRow {
  const limit = spec.max_iterations_total;
  const { run_count } = facts;
  const met = run_count >= limit;
  const why = `max_iterations_total: ${run_count} of ${limit} runs`;
  return rowOf("max_iterations_total", limit, { now: run_count, met, why });
}

function rowOf(rule: StopRow["rule"], limit: number, { now, met, why }: Standing): StopRow {
  const near = !met && rule !== "target" && now !== null && now >= limit * NEAR;
  return { rule, limit, now, met, near, timed: TIMED.has(rule), why };
}

function target(limit: number, { best_metric_value: best, metric_direction }: StopFacts): Standing {
  const met = best !== null && (metric_direction === "maximize" ? best >= limit : best <= limit);
  if (met) return { now: best, met, why: `target ${limit} reached (${best})` };
  const why = `target ${limit} not reached (${best === null ? "nothing measured" : `best ${best}`})`;
  return { now: best, met, why };
}

function plateau(limit: number, { runs_since_best: now }: StopFacts): Standing {
  const met = now >= limit;
  const why = met
    ? `plateau: ${now} measured runs without a new best`
    : `plateau: ${now} of ${limit} measured runs without a new best`;
  return { now, met, why };
}

function counted(name: string, unit: string, count: (facts: StopFacts) => number): Rule {
  return (limit, facts) => {
    const now = count(facts);
    const met = now >= limit;
    return { now, met, why: `${name}: ${met ? now : `${now} of ${limit}`} ${unit}` };
  };
}

function hours(limit: number, { run_time_ms }: StopFacts): Standing {
  const now = run_time_ms / HOUR_MS;
  const met = now >= limit;
  const shown = now.toFixed(2);
  return { now, met, why: `max_hours: ${met ? shown : `${shown} of ${limit}`} hours of runs` };
}

function dollars(limit: number, { cost_usd: now }: StopFacts): Standing {
  // A limit of 0 forbids every call, and does not end what needs none.
  const met = now > 0 && now >= limit;
  const shown = now.toFixed(4);
  return { now, met, why: `max_usd: ${met ? shown : `${shown} of ${limit}`} US dollars spent` };
}

function tokens(limit: number, { cost_tokens: now }: StopFacts): Standing {
  const met = now > 0 && now >= limit;
  return { now, met, why: `max_tokens: ${met ? now : `${now} of ${limit}`} tokens` };
}

function days(limit: number, { created_at }: StopFacts, at: string): Standing {
  const age_ms = Date.parse(at) - Date.parse(created_at);
  const now = Number.isFinite(age_ms) ? age_ms / DAY_MS : null;
  const met = now !== null && now >= limit;
  const why = met
    ? `hard_stop_after_days: created ${created_at}`
    : `hard_stop_after_days: ${(now ?? 0).toFixed(1)} of ${limit} days old`;
  return { now, met, why };
}
