import type { Space } from "../../domain/space.ts";
import type { Params } from "../../domain/types.ts";
import { lossOf } from "../loss.ts";
import type { Trial } from "../strategy.ts";
import { type Dimension, dimensionsOf } from "./dimension.ts";

/** How a trial stands; `foreign` ones share no parameter with the space. */
export type State = "complete" | "pruned" | "failed" | "running" | "foreign";

/** Trials as the models see them, one row each, in order. */
export interface Observations {
  count: number;
  dimensions: readonly Dimension[];
  /**
   * A row of `dimensions.length` numbers a trial: positions, or numbers of choices; NaN where the
   * trial has no legal value, which is also what a parameter that was not active has.
   */
  cells: Float64Array;
  states: State[];
  /** The loss; of a pruned trial its last report, NaN when that was none. */
  losses: Float64Array;
  /** The step of a pruned trial's last report; NaN when it never reported. */
  steps: Float64Array;
}

/** A trial whose state is known. */
export interface Observation {
  params: Params;
  state: Exclude<State, "foreign">;
  loss?: number | null;
  step?: number | null;
}

/** Encodes trials one by one. */
export function observe(space: Space, trials: readonly Observation[]): Observations {
  const rows = emptyObservations(space, trials.length);
  for (const trial of trials) append(rows, trial);
  return rows;
}

interface Encoded {
  space: Space;
  trials: Trial[];
  rows: Observations;
}

/** What was encoded last, by the first trial of the history it belongs to. */
const encoded = new WeakMap<Trial, Encoded>();

/**
 * The history as observations. Trials are taken to be unchangeable: those that led the history
 * of an earlier call too are not encoded again. The caller must not look beyond `history.length`
 * rows, and must not keep the result: a later call may add to it.
 */
export function observeHistory(space: Space, history: readonly Trial[]): Observations {
  const [first] = history;
  if (first === undefined) return emptyObservations(space, 0);
  let known = encoded.get(first);
  if (known?.space !== space) {
    known = { space, trials: [], rows: emptyObservations(space, history.length) };
    encoded.set(first, known);
  }
  const { trials, rows } = known;
  let same = 0;
  while (same < history.length && same < trials.length && trials[same] === history[same]) same++;
  if (same < history.length) {
    trials.length = same;
    rows.states.length = same;
    rows.count = same;
    for (let i = same; i < history.length; i++) {
      const trial = history[i];
      if (trial === undefined) continue;
      append(rows, observationOf(trial));
      trials.push(trial);
    }
  }
  return rows;
}

function observationOf(trial: Trial): Observation {
  const { params, pruned_at: step } = trial;
  const loss = lossOf(trial);
  const hasLoss = loss < Infinity;
  if (step !== undefined) {
    return { params, state: "pruned", loss: hasLoss ? loss : null, step: hasLoss ? step : null };
  }
  return { params, state: hasLoss ? "complete" : "failed", loss };
}

function emptyObservations(space: Space, capacity: number): Observations {
  const dimensions = dimensionsOf(space);
  return {
    count: 0,
    dimensions,
    cells: new Float64Array(capacity * dimensions.length),
    states: [],
    losses: new Float64Array(capacity),
    steps: new Float64Array(capacity),
  };
}

/** A row of cells: params as a point of the density models. */
export function pointOf(dimensions: readonly Dimension[], params: Params): Float64Array {
  return Float64Array.from(dimensions, (dimension) => cellOf(dimension, params));
}

function append(rows: Observations, { params, state, loss, step }: Observation): void {
  const { count, dimensions } = rows;
  if (count === rows.losses.length) grow(rows);
  const start = count * dimensions.length;
  let legal = dimensions.length === 0;
  for (let d = 0; d < dimensions.length; d++) {
    const dimension = dimensions[d];
    if (dimension === undefined) continue;
    const cell = cellOf(dimension, params);
    rows.cells[start + d] = cell;
    if (!Number.isNaN(cell)) legal = true;
  }
  rows.states.push(legal ? state : "foreign");
  rows.losses[count] = loss ?? Number.NaN;
  rows.steps[count] = step ?? Number.NaN;
  rows.count++;
}

function cellOf({ axis, kind }: Dimension, params: Params): number {
  const value = params[axis.name];
  if (kind !== "choice") return axis.encode(value) ?? Number.NaN;
  const index = axis.indexOf(value);
  return index < 0 ? Number.NaN : index;
}

function grow(rows: Observations): void {
  const capacity = Math.max(64, 2 * rows.count);
  rows.cells = enlarged(rows.cells, capacity * rows.dimensions.length);
  rows.losses = enlarged(rows.losses, capacity);
  rows.steps = enlarged(rows.steps, capacity);
}

function enlarged(values: Float64Array, capacity: number): Float64Array {
  const larger = new Float64Array(capacity);
  larger.set(values);
  return larger;
}
