import type { TrialRow } from "../../domain/types.ts";
import type { NoiseBrief } from "../views.ts";

/** How much measurements of the same candidate differ. */
export interface Noise {
  /** Standard deviation of one measurement: calibrated, or pooled over repeated candidates. */
  sd: number;
  /** Degrees of freedom behind it. */
  degrees: number;
  source: "calibrate" | "repeated candidates";
}

/**
 * The noise of a tier: what `calibrate` measured, else from candidates that were measured again;
 * null when nothing was.
 */
export function noiseOf(
  rows: readonly TrialRow[],
  tier: string,
  calibrated: NoiseBrief | undefined,
): Noise | null {
  if (calibrated !== undefined) {
    return { sd: calibrated.sd, degrees: calibrated.pairs, source: "calibrate" };
  }
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    if (row.value === null || row.tier !== tier) continue;
    const content = row.provenance?.["content"];
    // Not the canonical text: that takes longer, and keys come in the order of the space.
    const key = typeof content === "string" ? content : JSON.stringify(row.params);
    if (key === "null") continue;
    const values = groups.get(key);
    if (values === undefined) groups.set(key, [row.value]);
    else values.push(row.value);
  }
  let squares = 0;
  let degrees = 0;
  for (const values of groups.values()) {
    if (values.length < 2) continue;
    const mean = values.reduce((sum, value) => sum + value / values.length, 0);
    squares += values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    degrees += values.length - 1;
  }
  const sd = Math.sqrt(squares / degrees);
  return degrees === 0 || !Number.isFinite(sd)
    ? null
    : { sd, degrees, source: "repeated candidates" };
}
