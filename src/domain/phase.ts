import type { Phase, RunMode } from "./types.ts";

/**
 * Phases of an experiment:
 *
 *     queued --first run--> active
 *     active --max_iterations_total runs, or a stop condition--> completed
 *     active --3 scheduled failures in a row, escalate_when, or not autonomous--> awaiting-human
 *     active --5 failures in a row--> paused
 *     any --pause--> paused, --complete--> completed, --resume--> active
 *
 * A pause, completion or wait set while a run was in progress outlives that run. Runs of burst,
 * guided and swarm are attended: their failures are counted, but do not stop the experiment (in a
 * space with a failing region three in a row are ordinary).
 */
export interface PhaseFacts {
  phase: Phase;
  blocked_reason: string | null;
  mode: RunMode;
  run_count: number;
  max_iterations_total: number;
  /** The stop condition that holds now, if one does. */
  stop: string | null;
  /** What in escalate_when holds now, if something does. */
  escalation: string | null;
  failure_streak: number;
  autonomous: boolean;
}

const AWAIT_HUMAN_AFTER = 3;
const PAUSE_AFTER = 5;

/** The phase after one more sealed run, with the reason when it is blocked. */
export function phaseAfterRun(facts: PhaseFacts): { phase: Phase; blocked_reason: string | null } {
  if (facts.phase === "paused" || facts.phase === "completed" || facts.phase === "awaiting-human") {
    return { phase: facts.phase, blocked_reason: facts.blocked_reason };
  }
  if (facts.run_count >= facts.max_iterations_total) {
    return { phase: "completed", blocked_reason: "Reached max iterations" };
  }
  if (facts.stop !== null) {
    return { phase: "completed", blocked_reason: `Stop condition: ${facts.stop}` };
  }
  if (facts.escalation !== null) {
    return { phase: "awaiting-human", blocked_reason: facts.escalation };
  }
  if (facts.mode !== "scheduled") return { phase: "active", blocked_reason: null };
  if (facts.failure_streak >= PAUSE_AFTER) {
    const reason = `Auto-paused after ${facts.failure_streak} consecutive failures`;
    return { phase: "paused", blocked_reason: reason };
  }
  if (facts.failure_streak >= AWAIT_HUMAN_AFTER) {
    return { phase: "awaiting-human", blocked_reason: "Repeated failures require review" };
  }
  if (!facts.autonomous) {
    return { phase: "awaiting-human", blocked_reason: "Not autonomous: each run needs a resume" };
  }
  return { phase: "active", blocked_reason: null };
}
