import type { Trial } from "./strategy.ts";

/** The loss, or Infinity for a trial that failed: worse than anything measured. */
export function lossOf(trial: Trial): number {
  return trial.loss !== null && Number.isFinite(trial.loss) ? trial.loss : Infinity;
}
