import { type Axis, axesOf } from "../../domain/space/axes.ts";
import { scaleOf } from "../../domain/space/scale.ts";
import type { Parameter, Space } from "../../domain/space.ts";

/**
 * A parameter as the density models see it: a side of the unit cube (see `Axis`), or choices by
 * their number.
 */
export interface Dimension {
  axis: Axis;
  kind: "continuous" | "ordered" | "choice";
  /** The nearest position that stands for a value. Not for choices. */
  snap(position: number): number;
  /** The bin of the value at that position; an empty one when continuous. Not for choices. */
  cell(position: number): Cell;
}

export interface Cell {
  left: number;
  right: number;
}

/** With more values than this, bins are too narrow to tell from a density. */
const MOST_BINS = 1e6;

const known = new WeakMap<Space, readonly Dimension[]>();

/**
 * What there is to model: every parameter with more than one value, continuous ones first, then
 * ordered ones, then choices. Made once per space object.
 */
export function dimensionsOf(space: Space): readonly Dimension[] {
  let dimensions = known.get(space);
  if (dimensions === undefined) {
    const axes = axesOf(space);
    const all = space.parameters.flatMap((parameter, i) => dimensionOf(parameter, axes[i]));
    dimensions = (["continuous", "ordered", "choice"] as const).flatMap((kind) =>
      all.filter((dimension) => dimension.kind === kind),
    );
    known.set(space, dimensions);
  }
  return dimensions;
}

function dimensionOf(parameter: Parameter, axis: Axis | undefined): Dimension[] {
  if (axis === undefined || axis.kind === "single") return [];
  const { kind, count } = axis;
  if (kind === "continuous" || (kind === "ordered" && count > MOST_BINS)) {
    return [{ axis, kind: "continuous", snap: (x) => x, cell: emptyCell }];
  }
  if (kind === "ordered" && isUneven(parameter)) return [unevenDimension(parameter, axis)];
  const snap = (position: number): number =>
    (Math.min(count - 1, Math.floor(position * count)) + 0.5) / count;
  const cell = (position: number): Cell => ({
    left: position - 0.5 / count,
    right: position + 0.5 / count,
  });
  return [{ axis, kind, snap, cell }];
}

type Numeric = Extract<Parameter, { type: "float" | "int" }>;

function isUneven(parameter: Parameter): parameter is Numeric {
  const isNumeric = parameter.type === "float" || parameter.type === "int";
  return isNumeric && (parameter.log || parameter.prior !== undefined);
}

/** Bins half a step to either side, on the scale of the axis. */
function unevenDimension({ low, high, step, log, prior }: Numeric, axis: Axis): Dimension {
  const half = (step ?? 1) / 2;
  const last = axis.at(axis.count - 1);
  const bottom = log ? Math.max(low - half, low / 2) : low - half;
  const top = (typeof last === "number" ? last : high) + half;
  const scale = scaleOf(bottom, top, log, prior);
  const snap = (position: number): number => axis.encode(axis.decode(position)) ?? position;
  const cell = (position: number): Cell => {
    const value = axis.decode(position);
    if (typeof value !== "number") return emptyCell(position);
    return {
      left: scale.position(Math.max(bottom, value - half)),
      right: scale.position(Math.min(top, value + half)),
    };
  };
  return { axis, kind: "ordered", snap, cell };
}

function emptyCell(position: number): Cell {
  return { left: position, right: position };
}
