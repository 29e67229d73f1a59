import { exp, ln } from "../../domain/space/portable-log.ts";
import type { Gaussian } from "./gaussian.ts";
import type { Levels } from "./margin.ts";
import type { Rates } from "./rates.ts";

/** How far losses of a generation are apart, latest first: the unit of the penalty. */
export type Spreads = readonly number[];

/**
 * Adds the interquartile range of a generation's losses (in rising order, failures infinite), and
 * forgets the oldest.
 */
export function nextSpreads(spreads: Spreads, sorted: readonly number[], rates: Rates, n: number) {
  const at = (share: number): number => sorted[Math.floor((share * rates.population) / 4)]!;
  const range = at(3) - at(1);
  const most = 20 + Math.ceil((3 * n) / rates.population);
  if (range > 0 && range < Infinity) return [range, ...spreads].slice(0, most);
  if (range === Infinity && spreads.length > 1)
    return [Math.max(...spreads), ...spreads].slice(0, most);
  return spreads;
}

/**
 * What a solution outside of the box pays, so that the mean stays inside: Hansen, Niederberger,
 * Guzzella and Koumoutsakos 2009, "A method for handling uncertainty in evolutionary optimization".
 */
export function boxPenalty(
  gaussian: Gaussian,
  levels: Levels,
  spreads: Spreads,
  { muEff }: Rates,
): (raw: Float64Array) => number {
  const { mean, sigma, covariance, margin } = gaussian;
  const n = mean.length;
  const spread = median(spreads);
  const variances = mean.map((_, i) => covariance[i * n + i]! * margin[i]!);
  const total = variances.reduce((sum, v) => sum + v, 0);
  const meanLog = variances.reduce((sum, v) => sum + ln(v), 0) / n;
  const far = 3 * sigma * Math.max(1, Math.sqrt(n) / muEff);
  const outside = 1.1 ** Math.max(1, muEff / (10 * n));
  const factors = mean.map((m, i) => {
    const isFar = Math.abs(m - clampUnit(m)) > far * Math.sqrt(variances[i]!);
    const factor = ((2 * spread) / (sigma * sigma * total)) * (isFar ? outside : 1);
    return factor / exp(0.9 * (ln(variances[i]!) - meanLog));
  });
  return (raw) => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      if (levels[i] !== null) continue;
      const excess = clampUnit(raw[i]!) - raw[i]!;
      if (excess !== 0) sum += factors[i]! * excess * excess;
    }
    return sum;
  };
}

/** 0 for an empty list. */
function median(values: Spreads): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}

function clampUnit(value: number): number {
  return Math.max(0, Math.min(1, value));
}
