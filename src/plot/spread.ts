import type { JsonValue } from "../domain/types.ts";
import type { Scale } from "./scale.ts";

const GOLDEN = 0.618033988749895;

/**
 * Where a run with this value stands. In a slot runs would all lie on one spot, so they are spread
 * over its middle by their iteration (a golden ratio sequence: even, and the same in every picture).
 */
export function spread(scale: Scale, value: JsonValue, iteration: number): number {
  const middle = scale.position(value);
  if (!scale.axis.slots) return middle;
  const place = (iteration * GOLDEN) % 1;
  return middle + ((place - 0.5) * 0.6) / Math.max(1, scale.axis.ticks.length);
}
