import { basename } from "node:path";
import type { RunManifest } from "../../domain/manifest.ts";
import type { RunningBrief } from "../../reduce/views.ts";
import type { IntermediateValue } from "../../run/reports.ts";
import { readBundle } from "../../store/bundles.ts";
import type { RunOutcome } from "../run-request.ts";

/** What a run came to that somebody else executed, by its bundle; not sealed when it was given up. */
export function outcomeOf(run: {
  dir: string;
  /** As it was when the run started; or what the ledger says of it. */
  manifest: RunManifest | null;
  brief?: RunningBrief;
  previous_best: number | null;
}): RunOutcome {
  const { dir, previous_best } = run;
  const bundle = readBundle(dir, { check: false });
  const run_id = basename(dir);
  const tier = run.manifest?.fidelity_tier ?? run.brief?.tier ?? "";
  const role = run.manifest?.role ?? run.brief?.role ?? "";
  const common = { run_id, dir, tier, role, previous_best };
  if (bundle.kind !== "sealed") {
    const report = { value: null, reason: "it was given up", duration_ms: 0, reports: [] };
    return { ...common, report: { ...report, outcome: "cancelled" }, sealed: false };
  }
  const { manifest } = bundle;
  const { status, value, reason, duration_ms, objectives, verdict } = manifest;
  return {
    ...common,
    report: {
      outcome: status === "running" ? "lost" : status,
      value,
      reason,
      duration_ms,
      reports: reportsOf(manifest),
      ...(objectives === undefined ? {} : { objectives }),
      ...(verdict === undefined ? {} : { verdict }),
    },
    sealed: true,
  };
}

function reportsOf({ reports = [], report_values }: RunManifest): IntermediateValue[] {
  return reports.map(([step, value], index) => {
    if (report_values === undefined) return { step, value };
    const named = Object.entries(report_values).flatMap(([name, values]) => {
      const one = values[index] ?? null;
      return one === null ? [] : [[name, one] as const];
    });
    return { step, value, objectives: Object.fromEntries(named) };
  });
}
