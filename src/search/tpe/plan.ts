import type { RandomStream } from "../random-stream.ts";
import type { Observations } from "./observations.ts";
import type { TpeRules } from "./rules.ts";

/**
 * What one ask models:
 *
 * - `joint`: all parameters together.
 * - `visit`: the same, from and for the trials with one choice alone.
 * - `separate`: blocks of columns, each on its own.
 */
export type Plan =
  | { action: "joint" }
  | { action: "visit"; column: number; choice: number }
  | { action: "separate"; blocks: number[][] };

/**
 * Shares of the asks that do something else where there are choices, as a joint model locks onto
 * the first that did well. Visits alone find more of the narrow best ones, separate models are
 * better where choices add up; twice as much of both costs more than it finds.
 */
const VISITS = 0.15;
const SEPARATE = 0.1;

/** The plan for an ask; `count` rows of `past` are the history. */
export function planOf(
  past: Observations,
  count: number,
  rules: TpeRules,
  stream: RandomStream,
): Plan {
  const columns = past.dimensions.map((_, column) => column);
  const separate = (some: number[]): number[][] => some.map((column) => [column]);
  switch (rules.model) {
    case "separate":
      return { action: "separate", blocks: separate(columns) };
    case "turns":
      return turnOf(past, separate(columns), stream);
    case "joint": {
      // Optuna's intersection search space: what some measured trial lacks is on its own.
      const lacking = columns.filter((column) => isLacking(past, count, column));
      if (lacking.length === 0) return { action: "joint" };
      const joint = columns.filter((column) => !lacking.includes(column));
      const blocks = joint.length === 0 ? [] : [joint];
      return { action: "separate", blocks: [...blocks, ...separate(lacking)] };
    }
    default:
      return rules.model satisfies never;
  }
}

function turnOf(past: Observations, blocks: number[][], stream: RandomStream): Plan {
  const choices = past.dimensions.flatMap(({ kind }, column) => (kind === "choice" ? column : []));
  const turn = stream.uniform();
  if (choices.length === 0 || turn >= VISITS + SEPARATE) return { action: "joint" };
  if (turn >= VISITS && blocks.length > 1) return { action: "separate", blocks };
  const column = stream.pick(choices);
  const choice = stream.integer(past.dimensions[column]?.axis.count ?? 1);
  return { action: "visit", column, choice };
}

function isLacking(past: Observations, count: number, column: number): boolean {
  for (let row = 0; row < count; row++) {
    const state = past.states[row];
    const measured = state === "complete" || state === "pruned";
    const cell = past.cells[row * past.dimensions.length + column];
    if (measured && Number.isNaN(cell)) return true;
  }
  return false;
}
