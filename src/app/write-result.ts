import type { RunManifest } from "../domain/manifest.ts";
import type { Spec } from "../domain/spec/spec.ts";
import { judged } from "../reduce/judge.ts";
import { renderResult, withHypothesis } from "../reduce/result.ts";
import type { ExecuteReport } from "../run/execute.ts";
import { writeMeasured } from "../store/bundles.ts";
import { patchFact } from "./patch-fact.ts";
import { keptReports } from "./pruning.ts";
import { runFacts } from "./run-facts.ts";

export interface ResultContext {
  dir: string;
  /** As it was when the run started. */
  manifest: RunManifest;
  /** Resolved for the tier. */
  spec: Spec;
  plan: string;
  completed_at: string;
  /** Best value of the tier before this run. */
  previous_best: number | null;
  /** Of whoever proposed the candidate; "" for none. */
  hypothesis: string;
}

/** Writes what a run came to into its bundle: from here on it is measured, and can be sealed. */
export function writeResult(
  { dir, manifest, spec, plan, completed_at, previous_best, hypothesis }: ResultContext,
  report: ExecuteReport,
): { manifest: RunManifest; result: string } {
  const written =
    report.result_md ??
    renderResult({
      experiment: manifest.experiment,
      iteration: manifest.iteration,
      role: manifest.role,
      timestamp: completed_at,
      outcome: report.outcome,
      value: report.value,
      metric: spec.metric,
      direction: spec.metric_direction,
      reason: report.value === null ? report.reason : "",
      command: report.command,
      duration_ms: report.duration_ms,
      params: manifest.params,
      strategy: manifest.strategy,
      tier: manifest.fidelity_tier,
      previousBest: previous_best,
      ...judged(spec, report),
    });
  const result = withHypothesis(written, hypothesis);
  const final: RunManifest = {
    ...manifest,
    completed_at,
    status: report.outcome,
    value: report.value,
    ...(report.objectives === undefined ? {} : { objectives: report.objectives }),
    source: report.source,
    command: report.command,
    exit_code: report.exit_code,
    duration_ms: Math.round(report.duration_ms),
    reason: report.reason,
    ...keptReports(report.reports),
    ...runFacts(dir, report),
    ...patchFact(dir, report),
    ...(report.verdict === undefined ? {} : { verdict: report.verdict }),
    ...(report.promotion === undefined ? {} : { promotion: report.promotion }),
  };
  const metrics = {
    ...report.metrics,
    ...report.objectives,
    iteration: manifest.iteration,
    metric: spec.metric,
    value: report.value,
    source: report.source,
  };
  writeMeasured(dir, { manifest: final, metrics, result, plan });
  return { manifest: final, result };
}

/** The report of a run whose accepted change could not be applied. */
export function failedReport(report: ExecuteReport, reason: string): ExecuteReport {
  const { promotion: _p, objectives: _o, verdict: _v, ...rest } = report;
  return { ...rest, outcome: "failed", value: null, metrics: {}, reason, result_md: null };
}
