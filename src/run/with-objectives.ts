import {
  brokenConstraints,
  measuredOf,
  neededMetrics,
  type Aims,
  type Measurements,
} from "../domain/objectives.ts";
import type { Verdict } from "./execute.ts";

/**
 * A verdict with every objective and constrained metric of the SPEC. An executor that collects
 * metrics by itself may not have looked for them: a success that lacks one is no valid measurement.
 */
export function withObjectives(aims: Aims, verdict: Verdict): Verdict {
  const needed = neededMetrics(aims);
  if (needed.length === 0 || verdict.objectives !== undefined || verdict.value === null) {
    return verdict;
  }
  const seen: Record<string, unknown> = { ...verdict.metrics, [aims.metric]: verdict.value };
  const objectives: Measurements = {};
  for (const metric of needed) {
    const value = Object.hasOwn(seen, metric) ? seen[metric] : undefined;
    if (typeof value !== "number" || !Number.isFinite(value)) {
      return {
        ...verdict,
        outcome: "invalid-metric",
        value: null,
        reason: `no ${metric} among the finite numbers that were reported (${Object.keys(seen).join(", ")})`,
      };
    }
    objectives[metric] = value;
  }
  return { ...verdict, objectives };
}

/** What was measured, in one line: every number that counts, and the constraints it breaks. */
export function measuredReason(
  aims: Aims,
  reading: { value: number; objectives?: Measurements },
): string {
  const measured = { [aims.metric]: reading.value, ...reading.objectives };
  const numbers = Object.entries(measured).map(([name, value]) => `${name}=${value}`);
  const broken = brokenConstraints(aims.output_constraints, measuredOf(aims, reading));
  const infeasible = broken.length === 0 ? "" : `; infeasible: ${broken.join(", ")}`;
  return `${numbers.join(", ")}${infeasible}`;
}
