import type { Measurements, ReportValues } from "../domain/objectives.ts";

/** An intermediate report as the history has it. */
export interface KeptReport {
  step: number;
  value: number;
  /** What is known of several objectives at this step. */
  objectives?: Measurements;
}

/** The reports of a sealed run, each with the objectives it had. */
export function reportsOf(run: {
  reports?: [number, number][];
  report_values?: ReportValues;
}): KeptReport[] {
  const columns = Object.entries(run.report_values ?? {});
  return (run.reports ?? []).map(([step, value], index) => {
    const known = columns.flatMap(([name, numbers]) => {
      const number = numbers[index];
      return typeof number === "number" ? [[name, number] as const] : [];
    });
    return {
      step,
      value,
      ...(known.length === 0 ? {} : { objectives: Object.fromEntries(known) }),
    };
  });
}
