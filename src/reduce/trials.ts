import type { RunSealed, TrialAsked, TrialEnqueued, TrialExpired } from "../domain/events.ts";
import type { Params } from "../domain/types.ts";
import type { AskedTrial, ExperimentView } from "./views.ts";

/**
 * Trials that wait to be evaluated:
 *
 *     (proposal) --trial_asked--> asked --told: run_sealed--> finished
 *     asked --trial_expired--> expired --trial_asked--> asked, or --run_sealed--> finished
 *     (file) --trial_enqueued--> queued --trial_asked--> asked, or --run_sealed--> finished
 *
 * An expired trial gives its iteration back together with its params, so whoever is late with it
 * measured what the next one would. A queued trial stays queued while a burst runs it: an
 * interrupted run then needs no undoing.
 */

/** Asked trials an experiment may have at once, expired ones included. */
export const MAX_ASKED = 10_000;
/** Queued trials an experiment may have at once. */
export const MAX_QUEUED = 10_000;

/** What tells an enqueued or imported trial from all others; null for a proposal. */
export function fingerprintOf(trial: { provenance: Params | null }): string | null {
  const fingerprint = trial.provenance?.["fingerprint"];
  return typeof fingerprint === "string" ? fingerprint : null;
}

/** Asked trials that somebody is evaluating now. */
export function openAsks(view: ExperimentView): AskedTrial[] {
  return view.asked.filter((trial) => !trial.expired);
}

/** Folds `trial_asked`: it takes the place of an expired trial, or leaves the queue. */
export function foldAsked(view: ExperimentView, event: TrialAsked): void {
  settleTrial(view, event);
  const { iteration, tier, params, strategy, provenance, seed, expires_at } = event;
  const asked = { iteration, tier, params, strategy, provenance, seed, expires_at };
  const after = view.asked.findLastIndex((other) => other.iteration < iteration);
  view.asked.splice(after + 1, 0, { ...asked, asked_at: event.ts, expired: false });
}

/** Folds `trial_expired`. */
export function foldExpired(view: ExperimentView, event: TrialExpired): void {
  const trial = view.asked.find(({ iteration }) => iteration === event.iteration);
  if (trial !== undefined) trial.expired = true;
}

/** Folds `trial_enqueued`. */
export function foldEnqueued(view: ExperimentView, { params, provenance }: TrialEnqueued): void {
  view.queued.push({ params, provenance });
}

/** Removes the trial of a run, or of an ask, from wherever it waited. */
export function settleTrial(
  view: ExperimentView,
  event: Pick<RunSealed, "iteration" | "provenance">,
): void {
  const fingerprint = fingerprintOf(event);
  if (fingerprint !== null && view.queued.length > 0) {
    // All of them: two who enqueued the same file at once wanted it evaluated once.
    view.queued = view.queued.filter((trial) => fingerprintOf(trial) !== fingerprint);
  }
  const at = view.asked.findIndex(({ iteration }) => iteration === event.iteration);
  const [trial] = at < 0 ? [] : view.asked.splice(at, 1);
  const wish = trial === undefined ? null : fingerprintOf(trial);
  if (trial === undefined || wish === null || wish === fingerprint) return;
  // It had expired and its iteration went to something else, but a person still wants it.
  view.queued.unshift({ params: trial.params, provenance: trial.provenance });
}
