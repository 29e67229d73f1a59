import {
  brokenConstraints,
  measuredOf,
  type Aims,
  type Measurements,
} from "../domain/objectives.ts";
import { formatValue } from "./number.ts";
import type { ResultInput } from "./result.ts";

/** What RESULT.md says of a run beside its metric: nothing for a SPEC with one unlimited metric. */
export function judged(
  aims: Aims,
  run: { value: number | null; objectives?: Measurements },
): Pick<ResultInput, "others" | "broken"> {
  if (run.objectives === undefined || run.value === null) return {};
  const directions = new Map(aims.objectives.map(({ metric, direction }) => [metric, direction]));
  const others = Object.entries(run.objectives).flatMap(([metric, value]) => {
    if (metric === aims.metric) return [];
    const direction = directions.get(metric) ?? "limited";
    return `${metric} = ${formatValue(value)} (${direction})`;
  });
  return { others, broken: brokenConstraints(aims.output_constraints, measuredOf(aims, run)) };
}
