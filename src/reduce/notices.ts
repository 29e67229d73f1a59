import type { LabEvent } from "../domain/events.ts";
import type { NotifyTopic } from "../domain/notify.ts";
import type { Spec } from "../domain/spec/spec.ts";
import { clip } from "./markdown.ts";
import type { ExperimentView } from "./views.ts";

/** What is not delivered while so many newer ones come is dropped, and that is logged. */
export const MAX_NOTICES = 64;
const FAILURES_IN_A_ROW = 3;

/** What a notice is found by: the state before an event. */
export interface Moment {
  phase: ExperimentView["phase"];
  failure_streak: number;
  /** Unique for each event of an experiment, and growing. */
  position: number;
  best: number | null;
}

export function momentOf(view: ExperimentView, event: LabEvent): Moment {
  const { phase, failure_streak, ledger_end: position, best_metric_by_tier: bests } = view;
  const tier = event.type === "run_sealed" ? event.tier : null;
  const best = tier !== null && Object.hasOwn(bests, tier) ? (bests[tier] ?? null) : null;
  return { phase, failure_streak, position, best };
}

/** Keeps what `event` gave reason to tell, when the SPEC names somebody to tell it. */
export function foldNotice(
  view: ExperimentView,
  spec: Spec,
  event: LabEvent,
  before: Moment,
): void {
  if (typeof spec.notify === "string") return;
  if (event.type === "run_sealed" && event.mode === "imported") return;
  const topics = topicsOf(view, event, before);
  if (topics.length === 0) return;
  const run = event.type === "run_sealed" ? event : null;
  const isNewBest = topics.includes("new-best");
  view.notices.push({
    position: before.position,
    at: event.ts,
    topics,
    run_id: run?.run_id ?? null,
    value: run?.outcome === "success" ? run.value : null,
    previous: isNewBest ? before.best : null,
    phase: view.phase,
    reason: clip((moved(view, before) ? view.blocked_reason : run?.note) ?? "", 300),
  });
  if (view.notices.length > MAX_NOTICES) view.notices.shift();
}

function topicsOf(view: ExperimentView, event: LabEvent, before: Moment): NotifyTopic[] {
  const topics: NotifyTopic[] = [];
  if (moved(view, before)) {
    if (view.phase === "completed") {
      // The words of domain/stop.ts.
      if (view.blocked_reason?.startsWith("Stop condition: plateau") === true) {
        topics.push("plateau");
      }
      topics.push("stopped");
    }
    if (view.phase === "awaiting-human") topics.push("awaiting-human");
  }
  if (event.type !== "run_sealed") return topics;
  const pausedItself = moved(view, before) && view.phase === "paused";
  const failing =
    view.failure_streak >= FAILURES_IN_A_ROW && before.failure_streak < FAILURES_IN_A_ROW;
  if (pausedItself || failing) topics.push("failures");
  if (event.outcome === "void") topics.push("void");
  if (view.best_run_by_tier[event.tier] === event.run_id) topics.push("new-best");
  return topics;
}

function moved(view: ExperimentView, before: Moment): boolean {
  return view.phase !== before.phase;
}
