import { sameJson } from "../domain/canonical-json.ts";
import { type Axis, activeAxes, axesOf, brokenBy } from "../domain/space/axes.ts";
import { drawMissing } from "../domain/space/feasible.ts";
import type { Space } from "../domain/space.ts";
import type { JsonValue, Params } from "../domain/types.ts";
import { makeLegal, paramsOf } from "./draw.ts";
import type { RandomStream } from "./random-stream.ts";

/** Steps are fractions of a parameter's range (of its logarithm when `log`). */
export const FIRST_STEP = 0.2;
const SMALLEST_STEP = 1e-6;
const LARGEST_STEP = 0.5;

/** How often a move that breaks a constraint is tried again before the last one is repaired. */
const MOVES_TRIED = 16;

/**
 * The step size after a move that gained or lost: the one-fifth success rule (Rechenberg 1973) as
 * 1.5 and 0.9, which balance at one success in five.
 */
export function nextStep(step: number, outcome: "gain" | "loss"): number {
  const next = step * (outcome === "gain" ? 1.5 : 0.9);
  return Math.max(SMALLEST_STEP, Math.min(LARGEST_STEP, next));
}

/**
 * A point of the space next to `from`: see `moveFrom`. Parameters that the move activates are
 * drawn, those it deactivates are dropped.
 */
export function neighbourOf(
  space: Space,
  from: Params,
  step: number,
  stream: RandomStream,
): Params {
  const axes = activeAxes(space, from);
  return firstLegal(space, stream, () => moveFrom(axes, from, step, stream));
}

/** A point of the space between two of them: see `moveBetween`. */
export function pointBetween(space: Space, from: Params, to: Params, stream: RandomStream): Params {
  const either = axesOf(space).filter(({ name }) => name in from || name in to);
  return firstLegal(space, stream, () => moveBetween(either, from, to, stream));
}

function firstLegal(space: Space, stream: RandomStream, move: () => Params): Params {
  for (let tries = 1; ; tries++) {
    const moved = drawMissing(space, move(), stream);
    if (space.constraints === undefined || brokenBy(space, moved) === 0) return moved;
    if (tries === MOVES_TRIED) return makeLegal(space, moved, stream);
  }
}

/**
 * A neighbour of `from`: numbers move by a normal step of `step` times their range, bouncing off
 * the bounds; values without order switch now and then. At least one parameter changes, unless
 * the space has a single point. Values of `from` that are not legal are drawn anew.
 */
export function moveFrom(
  axes: readonly Axis[],
  from: Params,
  step: number,
  stream: RandomStream,
): Params {
  const movable = axes.filter((axis) => axis.kind !== "single");
  // About one parameter without order, or stuck between two grid points, jumps per proposal.
  const jump = Math.min(0.25, 1 / Math.max(1, movable.length));
  const moved = paramsOf(axes, (axis) => moveAxis(axis, from[axis.name], step, jump, stream));
  const changed = movable.some(({ name }) => !sameJson(moved[name], from[name]));
  if (changed || movable.length === 0) return moved;
  const forced = stream.pick(movable);
  return { ...moved, [forced.name]: jumpAxis(forced, moved[forced.name], stream) };
}

/**
 * A point between two: each number at its own random share of the way from `from` to `to`, each
 * value without order from either. Used to lead a failed candidate back to known good ground.
 */
export function moveBetween(
  axes: readonly Axis[],
  from: Params,
  to: Params,
  stream: RandomStream,
): Params {
  return paramsOf(axes, (axis) => {
    const share = 0.25 + 0.75 * stream.uniform();
    const start = axis.encode(from[axis.name]);
    const end = axis.encode(to[axis.name]);
    if (start === null || end === null) return axis.decode(end ?? start ?? share);
    if (axis.kind === "choice") return axis.decode(stream.chance(share) ? end : start);
    return axis.decode(start + share * (end - start));
  });
}

function moveAxis(
  axis: Axis,
  value: JsonValue | undefined,
  step: number,
  jump: number,
  stream: RandomStream,
): JsonValue {
  if (axis.kind === "single") return axis.at(0);
  const position = axis.encode(value);
  if (position === null || value === undefined) return axis.decode(stream.uniform());
  if (axis.kind !== "choice") {
    const moved = axis.decode(bounce(position + Math.min(LARGEST_STEP, step) * stream.normal()));
    if (!sameJson(moved, value)) return moved;
  }
  return stream.chance(jump) ? jumpAxis(axis, value, stream) : value;
}

/** Another value of the axis: the next one up or down when it is ordered, else any other. */
function jumpAxis(axis: Axis, value: JsonValue | undefined, stream: RandomStream): JsonValue {
  if (axis.kind === "continuous") return axis.decode(stream.uniform());
  const index = axis.indexOf(value);
  if (axis.kind === "choice") {
    return axis.at((index + 1 + stream.integer(axis.count - 1)) % axis.count);
  }
  const up = index === 0 || (index < axis.count - 1 && stream.chance(0.5));
  return axis.at(up ? index + 1 : index - 1);
}

/** Reflects a position at 0 and 1 until it is inside. */
function bounce(position: number): number {
  const folded = Math.abs(position) % 2;
  return folded > 1 ? 2 - folded : folded;
}
