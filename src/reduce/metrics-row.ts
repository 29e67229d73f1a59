import type { RunSealed } from "../domain/events.ts";
import { isMeasurements, isReportValues } from "../domain/objectives.ts";
import { OUTCOMES, RUN_MODES, type TrialRow } from "../domain/types.ts";
import { isCount, isFiniteNumber, isJsonObject, isString, parseJson } from "./view-schema.ts";

/** A sealed run as one line of metrics.jsonl, newline included. */
export function renderMetricsRow(event: RunSealed): string {
  const row: TrialRow = {
    run_id: event.run_id,
    ts: event.ts,
    iteration: event.iteration,
    metric: event.metric,
    value: event.value,
    ...(event.objectives === undefined ? {} : { objectives: event.objectives }),
    source: event.source,
    outcome: event.outcome,
    tier: event.tier,
    mode: event.mode,
    strategy: event.strategy,
    params: event.params,
    provenance: event.provenance,
    ...(event.patch_sha256 === undefined ? {} : { patch_sha256: event.patch_sha256 }),
    ...(event.reports === undefined ? {} : { reports: event.reports }),
    ...(event.report_values === undefined ? {} : { report_values: event.report_values }),
    duration_ms: event.duration_ms,
  };
  return `${JSON.stringify(row)}\n`;
}

/**
 * Reads metrics.jsonl. A line that is not a row of ours is skipped and counted, and so is one that
 * gives a value to a run that did not succeed: unknown is never a number.
 */
export function parseMetricsRows(text: string): { rows: TrialRow[]; bad: number } {
  const rows: TrialRow[] = [];
  let bad = 0;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const row = parseJson(line);
    if (isTrialRow(row)) rows.push(row);
    else bad++;
  }
  return { rows, bad };
}

/** By hand because histories are long: 10,000 rows take 5 ms to read, and 12 ms with a valibot schema. */
function isTrialRow(row: unknown): row is TrialRow {
  return (
    isJsonObject(row) &&
    isString(row.run_id) &&
    isString(row.ts) &&
    isCount(row.iteration) &&
    isString(row.metric) &&
    (row.value === null || (isFiniteNumber(row.value) && row.outcome === "success")) &&
    (row.objectives === undefined || isMeasurements(row.objectives)) &&
    isString(row.source) &&
    OUTCOMES.some((outcome) => outcome === row.outcome) &&
    isString(row.tier) &&
    RUN_MODES.some((mode) => mode === row.mode) &&
    (row.strategy === null || isString(row.strategy)) &&
    (row.params === null || isJsonObject(row.params)) &&
    (row.provenance === null || isJsonObject(row.provenance)) &&
    (row.patch_sha256 === undefined || isString(row.patch_sha256)) &&
    (row.reports === undefined || Array.isArray(row.reports)) &&
    (row.report_values === undefined || isReportValues(row.report_values)) &&
    (row.duration_ms === undefined || isFiniteNumber(row.duration_ms))
  );
}
