import type { FinalizeFinished, FinalizeStarted, RunSealed } from "../domain/events.ts";
import type { ExperimentView } from "./views.ts";

/**
 * What becomes of the locked tier:
 *
 *     (untouched) --finalize_started--> chosen: completed, so that nothing else runs
 *     chosen --run_sealed with a value, once a winner--> chosen
 *     chosen --finalize_finished--> finalized
 *
 * There is no way back: what is searched after a look at the locked tier is not held out from it.
 */
export function foldFinalizeStarted(view: ExperimentView, event: FinalizeStarted): void {
  if (view.finalized !== undefined) return;
  view.finalized = {
    tier: event.tier,
    from_tier: event.from_tier,
    started_at: event.ts,
    finished_at: null,
    winners: event.winners.map(({ run_id, value }) => ({
      run_id,
      value,
      final_run: null,
      final_value: null,
    })),
  };
  view.phase = "completed";
  view.blocked_reason = `Being finalized on tier ${event.tier}`;
  view.next_due_at = null;
}

/** Folds `finalize_finished`. */
export function foldFinalizeFinished(view: ExperimentView, event: FinalizeFinished): void {
  if (view.finalized === undefined) return;
  view.finalized.finished_at ??= event.ts;
  view.phase = "completed";
  view.blocked_reason = `Finalized on tier ${event.tier}`;
  view.next_due_at = null;
}

/** Takes in the score of a winner; the first one counts. */
export function foldFinalScore(view: ExperimentView, event: RunSealed, value: number): void {
  const origin = event.provenance?.["finalized_from"];
  const winner = view.finalized?.winners.find(({ run_id }) => run_id === origin);
  if (winner === undefined || winner.final_value !== null) return;
  winner.final_run = event.run_id;
  winner.final_value = value;
}
