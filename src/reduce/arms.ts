import type { RunSealed } from "../domain/events.ts";
import { isRepeat } from "../domain/promoted.ts";
import { isBetter } from "../domain/metric.ts";
import type { ArmView, ExperimentView } from "./views.ts";

/** More strategies than these are counted together. */
export const MAX_ARMS = 32;
/** The name under which they are: no strategy has it. */
export const OTHER_ARMS = "(others)";
/** New bests that the feed of discoveries shows. */
export const MAX_DISCOVERIES = 20;

/** Counts a sealed trial for its arm; a run without a strategy, or that repeats one, has none. `value`: what it measured. */
export function foldArm(
  view: ExperimentView,
  event: RunSealed,
  value: number | null,
  isNewBest: boolean,
  feasible = true,
): void {
  if (event.strategy === null || isRepeat(event)) return;
  const arm = armNamed(view, event.strategy);
  arm.trials += 1;
  arm.time_ms += event.duration_ms;
  if (value === null) return;
  arm.measured += 1;
  if (isNewBest) arm.new_bests += 1;
  if (!feasible) return;
  const { run_id, tier } = event;
  const rival = arm.best?.tier === tier ? arm.best.value : null;
  if (isBetter(view.metric_direction, value, rival)) arm.best = { run_id, tier, value };
}

/** Adds a new best to the feed. `previous`: the best before it. */
export function foldDiscovery(
  view: ExperimentView,
  event: RunSealed,
  value: number,
  previous: number | null,
): void {
  const { run_id, iteration, tier, strategy, ts: completed_at } = event;
  view.discoveries.push({ run_id, iteration, tier, strategy, value, previous, completed_at });
  if (view.discoveries.length > MAX_DISCOVERIES) view.discoveries.shift();
}

function armNamed(view: ExperimentView, strategy: string): ArmView {
  const known = view.arms.find(({ name }) => name === strategy);
  if (known !== undefined) return known;
  // The last place is for all that come when the others are taken.
  const last = view.arms.length >= MAX_ARMS - 1;
  const name = last ? OTHER_ARMS : strategy;
  const others = last ? view.arms.find((arm) => arm.name === name) : undefined;
  if (others !== undefined) return others;
  const arm: ArmView = { name, trials: 0, measured: 0, new_bests: 0, time_ms: 0, best: null };
  view.arms.push(arm);
  return arm;
}
