import type { Space } from "../space.ts";
import type { Params } from "../types.ts";
import { activeAxes, brokenBy } from "./axes.ts";
import type { Axis } from "./axis.ts";
import { layoutOf } from "./layout.ts";
import { complete } from "./points.ts";

/** Where even numbers in [0, 1) come from. */
export interface Uniform {
  uniform(): number;
}

const PLAIN_DRAWS = 256;
const REPAIRS = 50;
const MOVES = 400;

/** How many points are looked at before a space is said to have none. */
export const MAX_TRIES = PLAIN_DRAWS + REPAIRS * MOVES;

/** Draws what is active and missing, drops what is not; constraints are not looked at. */
export function drawMissing(space: Space, params: Params, source: Uniform): Params {
  return complete(space, params, (axis) => drawAxis(axis, source));
}

/** A value drawn from the prior of its parameter. */
export function drawAxis(axis: Axis, source: Uniform): Params[string] {
  return axis.kind === "single" ? axis.at(0) : axis.decode(source.uniform());
}

/**
 * Params drawn from the priors that meet every constraint, or null when none was found. Draws that
 * break one are drawn again; where a few hundred do not do, draws are repaired.
 */
export function drawFeasible(space: Space, source: Uniform): Params | null {
  for (let draw = 0; draw < PLAIN_DRAWS; draw++) {
    const params = drawMissing(space, {}, source);
    if (brokenBy(space, params) === 0) return params;
  }
  for (let start = 0; start < REPAIRS; start++) {
    const params = repair(space, drawMissing(space, {}, source), source);
    if (params !== null) return params;
  }
  return null;
}

/**
 * Moves one random parameter after the other until every constraint holds; no move that makes
 * things worse is kept. null when it gets stuck.
 */
export function repair(space: Space, start: Params, source: Uniform): Params | null {
  const movable = concerned(space);
  let params = start;
  let broken = brokenBy(space, params);
  for (let move = 0; broken > 0 && move < MOVES; move++) {
    const axes = activeAxes(space, params).filter((axis) => movable.has(axis));
    const axis = axes[Math.floor(source.uniform() * axes.length)];
    if (axis === undefined) return null;
    const value = axis.decode(elsewhere(axis.encode(params[axis.name]) ?? 0.5, source));
    const moved = drawMissing(space, { ...params, [axis.name]: value }, source);
    const next = brokenBy(space, moved);
    if (next > broken) continue;
    params = moved;
    broken = next;
  }
  return broken === 0 ? params : null;
}

/** Anywhere, next to where it was, or next to an end: what is left may be small on any scale. */
function elsewhere(position: number, source: Uniform): number {
  const kind = Math.floor(4 * source.uniform());
  if (kind === 0) return source.uniform();
  const distance = 2 ** (-40 * source.uniform());
  if (kind === 1) return Math.abs(position - distance);
  if (kind === 2) return 1 - Math.abs(1 - position - distance);
  return source.uniform() < 0.5 ? distance : 1 - distance;
}

/** Axes that constraints name, and those that decide whether these are active. */
function concerned(space: Space): Set<Axis> {
  const names = new Set((space.constraints ?? []).flatMap((constraint) => constraint.names));
  const found = new Set<Axis>();
  for (const { axis, conditions } of layoutOf(space).order.toReversed()) {
    if (!names.has(axis.name)) continue;
    if (axis.kind !== "single") found.add(axis);
    for (const { parent } of conditions) names.add(parent.name);
  }
  return found;
}
