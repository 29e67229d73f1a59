import { isInfeasible } from "./penalised.ts";
import { nextArm } from "./rotation.ts";
import { randomStream } from "./random-stream.ts";
import type { Trial } from "./strategy.ts";

/** How a swarm decides whose turn it is. */
export const ALLOCATIONS = ["round-robin", "bandit"] as const;
export type Allocation = (typeof ALLOCATIONS)[number];

export interface ArmRequest {
  /** Strategy names. */
  arms: readonly string[];
  history: readonly Trial[];
  seed: number;
  /** Of the trial whose arm is asked for. */
  index: number;
}

/** Whose turn trial `index` is. */
export function armOf(allocation: Allocation, request: ArmRequest): string {
  return allocation === "bandit" && request.arms.length > 0 ? banditArm(request) : nextArm(request);
}

/** Arms that draw without looking: what a search must beat. */
const CONTROLS = ["random", "sobol"];

/** The arms with `random` among them: without a control nobody can tell whether the others earn their time. */
export function withControl(arms: readonly string[]): readonly string[] {
  return arms.some((arm) => CONTROLS.includes(arm)) ? arms : [...arms, "random"];
}

/** Least share of the turns that an arm gets, of an even share; and at most this share of all. */
const FLOOR_OF_EVEN = 0.5;
const LARGEST_FLOOR = 0.1;
/** What a trial says about its arm is halved by this many later ones: the arm that began well may be done. */
const HALF_LIFE = 25;
/** What every arm is credited with beforehand: this much improvement for one average trial. */
const PRIOR = 0.1;

/**
 * An arm drawn by what it earned lately: improvement of the best so far, in units of the spread of
 * all results, for the time its trials took. Arms that earn nothing keep a floor share, so that they
 * are noticed when that changes.
 */
export function banditArm({ arms, history, seed, index }: ArmRequest): string {
  const usual = { spread: spreadOf(history), duration: usualDuration(history) };
  const earnings = arms.map((arm) => earningOf(arm, history, usual));
  const total = earnings.reduce((sum, earning) => sum + earning, 0);
  const floor = Math.min(LARGEST_FLOOR, FLOOR_OF_EVEN / arms.length);
  const rest = 1 - floor * arms.length;
  let left = randomStream(seed, index, "bandit").uniform();
  for (const [i, arm] of arms.entries()) {
    left -= floor + (rest * (earnings[i] ?? 0)) / total;
    if (left < 0) return arm;
  }
  return arms.at(-1) ?? "";
}

/** Improvement for time, both as shares of what is usual in this history. */
function earningOf(
  arm: string,
  history: readonly Trial[],
  usual: { spread: number; duration: number },
): number {
  let best = Infinity;
  let gain = PRIOR;
  let cost = 1;
  for (const [i, trial] of history.entries()) {
    const { loss, pruned_at, strategy, duration_ms = usual.duration } = trial;
    const isResult =
      loss !== null && Number.isFinite(loss) && pruned_at === undefined && !isInfeasible(trial);
    const better = isResult && loss < best ? best - loss : 0;
    if (isResult) best = Math.min(best, loss);
    if (strategy !== arm) continue;
    const weight = 0.5 ** ((history.length - 1 - i) / HALF_LIFE);
    // The first result improves on nothing: that is no merit of its arm.
    gain += better === Infinity ? 0 : weight * (better / (better + usual.spread) || 0);
    cost += weight * (usual.duration > 0 ? duration_ms / usual.duration : 1);
  }
  return gain / cost;
}

/** The middle half of the results. */
function spreadOf(history: readonly Trial[]): number {
  const losses = history
    .flatMap(({ loss, pruned_at }) => (loss === null || pruned_at !== undefined ? [] : [loss]))
    .filter(Number.isFinite)
    .toSorted((a, b) => a - b);
  const at = (share: number): number => losses[Math.floor(share * (losses.length - 1))] ?? 0;
  return at(0.75) - at(0.25);
}

function usualDuration(history: readonly Trial[]): number {
  const known = history.flatMap(({ duration_ms }) => duration_ms ?? []);
  return known.length === 0 ? 0 : known.reduce((sum, ms) => sum + ms, 0) / known.length;
}
