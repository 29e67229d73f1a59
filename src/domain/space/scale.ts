import type { Prior } from "../space.ts";
import { exp, ln } from "./portable-log.ts";
import { warpOf } from "./prior-warp.ts";

/** Positions 0 to 1 and the values they stand for; each is the inverse of the other. */
export interface Scale {
  value(position: number): number;
  position(value: number): number;
}

/** The scale from `low` to `high`: even over the value or its logarithm, or as the prior says. */
export function scaleOf(low: number, high: number, log: boolean, prior?: Prior): Scale {
  const plain = log ? logScale(low, high) : linearScale(low, high);
  if (prior === undefined) return plain;
  const [from, to] = log ? [ln(low), ln(high)] : [low, high];
  const warp = warpOf(prior, from, to);
  return {
    value: (position) => plain.value(warp.share(position)),
    position: (value) => warp.position(plain.position(value)),
  };
}

function linearScale(low: number, high: number): Scale {
  return {
    value: (position) => low + position * (high - low),
    position: (value) => (value - low) / (high - low),
  };
}

function logScale(low: number, high: number): Scale {
  const logLow = ln(low);
  const width = ln(high) - logLow;
  return {
    value: (position) => exp(logLow + position * width),
    position: (value) => (ln(value) - logLow) / width,
  };
}
