import { exp } from "../../domain/space/portable-log.ts";

/** `fastExp` reaches down to here; e to that power is lost in the last digit of 1. */
export const NEGLIGIBLE = -40;

const PARTS = 32;
const PARTS_PER_UNIT = PARTS / Math.LN2;
/** ln 2 / 32 in two parts: small whole multiples of the first are exact (fdlibm's, divided). */
const PART_HIGH = 0.6931471803691238 / PARTS;
const PART_LOW = 1.9082149292705877e-10 / PARTS;

/** 2^(-i / 32), as far as it is needed. */
const POWERS = Float64Array.from({ length: 2 + Math.ceil(-NEGLIGIBLE * PARTS_PER_UNIT) }, (_, i) =>
  exp((-i * Math.LN2) / PARTS),
);

/**
 * e^x for NEGLIGIBLE <= x <= 0, within 2e-15 of it, from portable operations alone: a table and a
 * short series. Several times as fast as the one of `portable-log.ts`, and the density models
 * spend most of their time in it.
 */
export function fastExp(x: number): number {
  const part = Math.round(x * PARTS_PER_UNIT);
  // |r| <= ln 2 / 64, so r^7 / 7! is below 4e-18.
  const r = x - part * PART_HIGH - part * PART_LOW;
  const tail = r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720))));
  return (POWERS[-part] ?? 0) * (1 + r * (1 + r * (1 / 2 + tail)));
}
