import * as v from "valibot";
import { VERDICTS } from "../../domain/acceptance/decide.ts";
import { LabError } from "../../domain/errors.ts";
import { lazily } from "../../domain/lazily.ts";
import { PromotionPlanSchema } from "../../domain/manifest.ts";
import { isMeasurements, type Measurements } from "../../domain/objectives.ts";
import { OUTCOMES, type JsonObject } from "../../domain/types.ts";
import type { ExecuteReport } from "../../run/execute.ts";

const REPORTS = 10_000;
const TEXT = 300_000;

const Finite = v.pipe(v.number(), v.finite());
const Count = v.pipe(v.number(), v.minValue(0));
const object = v.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);
const measurements = v.custom<Measurements>(isMeasurements);

const ReportSchema = lazily(() =>
  v.object({
    outcome: v.picklist(OUTCOMES),
    value: v.nullable(Finite),
    source: v.string(),
    metrics: object,
    objectives: v.exactOptional(measurements),
    reason: v.pipe(v.string(), v.maxLength(TEXT)),
    command: v.string(),
    exit_code: v.nullable(v.number()),
    duration_ms: Count,
    swept: Count,
    stdout_cut_bytes: Count,
    stderr_cut_bytes: Count,
    notes: v.array(v.string()),
    reports: v.pipe(
      v.array(v.object({ step: Finite, value: Finite, objectives: v.exactOptional(measurements) })),
      v.maxLength(REPORTS),
    ),
    verdict: v.exactOptional(v.picklist(VERDICTS)),
    promotion: v.exactOptional(PromotionPlanSchema()),
    result_md: v.nullable(v.pipe(v.string(), v.maxLength(TEXT))),
  }),
);

/**
 * The report of an attempt, as it came from another machine. Throws LabError usage for what is none,
 * and for a value that goes with another outcome than success: unknown is never a number.
 */
export function readReport(report: JsonObject): ExecuteReport {
  const parsed = v.safeParse(ReportSchema(), report);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const place = v.getDotPath(issue) ?? "it";
    throw new LabError("usage", `not a report of a run: ${place}: ${issue.message}`);
  }
  const { output } = parsed;
  if (output.outcome !== "success" && (output.value !== null || output.objectives !== undefined)) {
    throw new LabError("usage", `not a report of a run: a value with outcome ${output.outcome}`);
  }
  return output;
}
