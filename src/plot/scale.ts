import { axisOf } from "../domain/space/axis.ts";
import type { Parameter } from "../domain/space.ts";
import type { Direction, JsonValue } from "../domain/types.ts";
import type { ChartAxis, Tick } from "./figure.ts";
import { linearTicks, logTicks, type ValueTick } from "./ticks.ts";

/** Where values lie on an axis. */
export interface Scale {
  /** 0 at the low end, 1 at the high end; values outside are at the nearer end. */
  position(value: JsonValue | undefined): number;
  axis: ChartAxis;
  /** How many slots there are when the values have no order; null when they have. */
  slots: number | null;
}

const TICKS = 6;

/** Whole numbers such as iterations. */
export function countScale(label: string, low: number, high: number): Scale {
  const scale = linear(low, high);
  const ticks = linearTicks(low, high, 8, { whole: true });
  return { ...scale, axis: { label, ticks: placed(ticks, scale.position), slots: false } };
}

export interface ValueScale extends Scale {
  /** How many values are worse than the axis reaches. */
  outside: number;
}

/**
 * The axis of the metric. Logarithmic when values above 0 span a factor of 1,000 or more; otherwise
 * it may end before the worst tenth, when that would leave no room to see the rest apart.
 */
export function valueScale(
  label: string,
  values: readonly number[],
  direction: Direction,
): ValueScale {
  const sorted = values.toSorted((a, b) => a - b);
  const min = sorted[0] ?? 0;
  const max = sorted.at(-1) ?? 1;
  const logarithmic = min > 0 && max / min >= 1000;
  const [low, high] = logarithmic ? [min, max] : room(sorted, direction);
  const scale = logarithmic ? log(low, high) : linear(low, high);
  const ticks = logarithmic ? logTicks(low, high, TICKS) : linearTicks(low, high, TICKS);
  return {
    ...scale,
    axis: {
      label: logarithmic ? `${label} (log)` : label,
      ticks: placed(ticks, scale.position),
      slots: false,
    },
    outside: values.filter((value) => value < low || value > high).length,
  };
}

/** The ends of a linear axis over sorted values. */
function room(sorted: readonly number[], direction: Direction): [low: number, high: number] {
  const min = sorted[0] ?? 0;
  const max = sorted.at(-1) ?? 1;
  if (min === max) {
    const margin = Math.abs(min) * 0.05 || 1;
    return [min - margin, max + margin];
  }
  const tenth = Math.floor(sorted.length / 10);
  if (direction === "minimize") {
    const reach = ((sorted.at(-1 - tenth) ?? max) - min) * 1.5;
    return reach > 0 && max - min > 2 * reach ? [min, min + reach] : [min, max];
  }
  const reach = (max - (sorted[tenth] ?? min)) * 1.5;
  return reach > 0 && max - min > 2 * reach ? [max - reach, max] : [min, max];
}

/** The axis of a parameter: numbers in their range, everything else in slots of equal width. */
export function parameterScale(parameter: Parameter): Scale {
  const label = parameter.name;
  if ((parameter.type === "float" || parameter.type === "int") && parameter.low < parameter.high) {
    const { low, high } = parameter;
    const scale = parameter.log ? log(low, high) : linear(low, high);
    const ticks = parameter.log
      ? logTicks(low, high, TICKS)
      : linearTicks(low, high, TICKS, { whole: parameter.type === "int" });
    return {
      ...scale,
      axis: {
        label: parameter.log ? `${label} (log)` : label,
        ticks: placed(ticks, scale.position),
        slots: false,
      },
    };
  }
  return slotScale(parameter);
}

function slotScale(parameter: Parameter): Scale {
  const axis = axisOf(parameter);
  const { count } = axis;
  const ticks = Array.from({ length: count }, (_, index) => {
    const value = axis.at(index);
    const label = typeof value === "string" ? value : JSON.stringify(value);
    return { at: (index + 0.5) / count, label };
  });
  return {
    position: (value) => axis.encode(value) ?? 0.5,
    axis: { label: parameter.name, ticks, slots: true },
    slots: axis.kind === "ordered" ? null : count,
  };
}

function linear(low: number, high: number): Omit<Scale, "axis"> {
  // Halves, because the whole range of a number is itself no number.
  const width = high / 2 - low / 2;
  return {
    slots: null,
    position: (value) => (width > 0 ? unit((Number(value) / 2 - low / 2) / width) : 0.5),
  };
}

function log(low: number, high: number): Omit<Scale, "axis"> {
  const scale = linear(Math.log(low), Math.log(high));
  return { slots: null, position: (value) => scale.position(Math.log(Number(value))) };
}

function placed(ticks: readonly ValueTick[], position: (value: number) => number): Tick[] {
  return ticks.map(({ value, label }) => ({ at: position(value), label }));
}

function unit(position: number): number {
  return Math.max(0, Math.min(1, position));
}
