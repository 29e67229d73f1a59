import { paramsKey, sameJson } from "../../domain/canonical-json.ts";
import type { TrialRow } from "../../domain/types.ts";

/** What one candidate measured, over all runs of it. */
export interface Repeated {
  n: number;
  mean: number;
  /** Sample standard deviation; null with one measurement. */
  sd: number | null;
  /** Half of the 95 % interval of the mean; null when nothing says how noisy a measurement is. */
  ci95: number | null;
}

/** Two-sided 97.5 % quantiles of Student's t, by degrees of freedom from 1. */
const T975 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
const NORMAL975 = 1.96;

/** What tells a candidate from others: its changes, else its params; null when neither is known. */
export function candidateKey(row: Pick<TrialRow, "params" | "provenance">): string | null {
  const content = row.provenance?.["content"];
  if (typeof content === "string") return content;
  return row.params === null ? null : paramsKey(row.params);
}

/**
 * The measurements of the candidate of `run` on its tier. With one of them, the interval is that of
 * `noise_sd`, the spread of measuring the same thing again, when it is known.
 */
export function repeatedOf(
  rows: readonly TrialRow[],
  run: TrialRow,
  noise_sd: number | null,
): Repeated | null {
  const isSame = likenessTo(run);
  const values = rows.flatMap((row) =>
    row.value !== null && row.tier === run.tier && (row.run_id === run.run_id || isSame(row))
      ? [row.value]
      : [],
  );
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((sum, value) => sum + value / n, 0);
  if (n === 1) {
    return { n, mean, sd: null, ci95: noise_sd === null ? null : NORMAL975 * noise_sd };
  }
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2 / (n - 1), 0));
  return { n, mean, sd, ci95: ((T975[n - 2] ?? NORMAL975) * sd) / Math.sqrt(n) };
}

/** Tells runs of the same candidate; most others differ in the first parameter that is looked at. */
function likenessTo(run: TrialRow): (row: TrialRow) => boolean {
  const content = run.provenance?.["content"];
  if (typeof content === "string") return (row) => row.provenance?.["content"] === content;
  const { params } = run;
  if (params === null) return () => false;
  const names = Object.keys(params);
  return (row) =>
    row.params !== null &&
    names.every((name) => sameJson(row.params?.[name], params[name])) &&
    Object.keys(row.params).length === names.length &&
    typeof row.provenance?.["content"] !== "string";
}
