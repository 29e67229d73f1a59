import type { Parameter } from "../domain/space.ts";
import { canonicalJson } from "../domain/canonical-json.ts";
import { gridOf } from "../domain/space/grid.ts";
import { exp, ln } from "../domain/space/portable-log.ts";
import type { JsonValue } from "../domain/types.ts";
import { expOrZero } from "./math/normal.ts";
import { normalLogMass } from "./math/truncated-normal.ts";

/** At most this many bins a parameter, however many values it has (Watanabe et al. 2023). */
const MAX_BINS = 50;

/** A parameter cut into bins; `ordered` bins have neighbours that are alike. */
export interface Bins {
  count: number;
  ordered: boolean;
  /** The bin of a legal value. */
  indexOf(value: JsonValue): number;
}

/** The bins of a parameter: one for each of few values, 50 for a range, even in its logarithm with `log`. */
export function binsOf(parameter: Parameter): Bins {
  switch (parameter.type) {
    case "float":
    case "int":
      return numericBins(parameter);
    case "categorical":
      return valueBins(parameter.choices, false);
    case "bool":
      return valueBins([false, true], false);
    case "ordinal":
      return valueBins(parameter.values, true);
    case "fixed":
      return valueBins([parameter.value], false);
    default:
      return parameter satisfies never;
  }
}

function numericBins(parameter: Extract<Parameter, { type: "float" | "int" }>): Bins {
  const { low, log } = parameter;
  if (low === parameter.high) return valueBins([low], true);
  const step = parameter.step ?? (parameter.type === "int" ? 1 : null);
  const grid = step === null ? null : gridOf(low, parameter.high, step);
  const high = grid === null ? parameter.high : grid.at(grid.count - 1);
  const count = binCount(grid?.count ?? Infinity, log);
  const scale = log ? ln : (value: number) => value;
  const start = scale(low);
  const width = (scale(high) - start) / (count - 1);
  return {
    count,
    ordered: true,
    indexOf: (value) => {
      const position = (scale(Number(value)) - start) / width;
      // Half way between two bins is the lower one, as in Optuna.
      return Math.max(0, Math.min(count - 1, Math.ceil(position - 0.5)));
    },
  };
}

function binCount(values: number, log: boolean): number {
  if (values <= 1 || !log || values === Infinity) return Math.min(values, MAX_BINS);
  // A row of logarithms is crowded at its upper end.
  return Math.min(Math.ceil(Math.log2(values)) + 1, MAX_BINS);
}

function valueBins(values: readonly JsonValue[], ordered: boolean): Bins {
  const known = new Map(values.map((value, index) => [canonicalJson(value), index]));
  return {
    count: values.length,
    ordered,
    indexOf: (value) => known.get(canonicalJson(value)) ?? 0,
  };
}

/**
 * The Parzen estimate of where values lie, one probability a bin, from how many fell into each:
 * a kernel for each bin in use and a wide one of weight 1 (Optuna's ScottParzenEstimator). At
 * least one count must be above 0.
 */
export function binDensity(counts: readonly number[], ordered: boolean): number[] {
  const used = counts.flatMap((count, bin) => (count > 0 ? [{ bin, weight: count }] : []));
  return ordered ? orderedDensity(counts.length, used) : choiceDensity(counts.length, used);
}

interface Kernel {
  bin: number;
  weight: number;
}

function choiceDensity(count: number, kernels: readonly Kernel[]): number[] {
  const blur = 1 / (kernels.length + 1);
  const rowSum = 1 + count * blur;
  const total = sum(kernels.map((kernel) => kernel.weight)) + 1;
  const density = Array.from({ length: count }, () => 1 / count / total);
  for (const { bin, weight } of kernels) {
    for (let other = 0; other < count; other++) {
      const share = (blur + (other === bin ? 1 : 0)) / rowSum;
      density[other] = (density[other] ?? 0) + (weight / total) * share;
    }
  }
  return density;
}

function orderedDensity(count: number, kernels: readonly Kernel[]): number[] {
  const weights = sum(kernels.map((kernel) => kernel.weight));
  const density = Array.from({ length: count }, () => 0);
  const add = (centre: number, deviation: number, weight: number): void => {
    const mass = (from: number, to: number): number =>
      normalLogMass((from - centre) / deviation, (to - centre) / deviation);
    const inside = mass(-0.5, count - 0.5);
    for (let bin = 0; bin < count; bin++) {
      const share = expOrZero(Math.min(0, mass(bin - 0.5, bin + 0.5) - inside));
      density[bin] = (density[bin] ?? 0) + (weight / (weights + 1)) * share;
    }
  };
  const deviation = scottDeviation(kernels, weights);
  for (const { bin, weight } of kernels) add(bin, deviation, weight);
  add((count - 1) / 2, count, 1);
  return density;
}

/** Scott's rule (1992) in bins, with the quartiles as Optuna takes them. */
function scottDeviation(kernels: readonly Kernel[], weights: number): number {
  const mean = sum(kernels.map(({ bin, weight }) => bin * weight)) / weights;
  const squares = sum(kernels.map(({ bin, weight }) => (bin - mean) ** 2 * weight));
  const spread = Math.sqrt(squares / Math.max(1, weights - 1));
  let below = 0;
  let first: number | null = null;
  let third: number | null = null;
  for (const { bin, weight } of kernels) {
    below += weight;
    if (first === null && below >= Math.floor(weights / 4)) first = bin;
    if (third === null && below > Math.floor((weights * 3) / 4)) third = bin;
  }
  const last = kernels.at(-1)?.bin ?? 0;
  const quartiles = (third ?? last) - (first ?? last);
  const scott = 1.059 * Math.min(quartiles / 1.34, spread) * exp(-0.2 * ln(weights));
  // Narrower, and 90 % of a kernel would lie inside one bin.
  return Math.max(scott, 0.5 / 1.64);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
