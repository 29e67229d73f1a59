import { toLoss } from "../domain/metric.ts";
import { isFeasible, lossesOf } from "../domain/objectives.ts";
import type { Spec } from "../domain/spec/spec.ts";
import type { TrialRow } from "../domain/types.ts";
import { reportsOf } from "../reduce/reports.ts";
import type { IntermediateValue } from "../run/reports.ts";
import { pruneReason } from "../search/pruners/pruners.ts";
import type { Report } from "../search/pruners/pruner.ts";

/** Decides about runs in progress by what they and all others of the tier report. */
export interface Pruning {
  /** Takes in new values of a running iteration; a text is why to stop it now. */
  report(iteration: number, fresh: readonly IntermediateValue[]): string | null;
  /** The run has ended with this value; null when it was pruned or failed. */
  ended(iteration: number, run: Ended): void;
}

/** What a run has come to, as far as others are compared with it. */
type Ended = Pick<TrialRow, "value" | "objectives">;

/** Pruning by the SPEC's rule over the history `rows` of a tier; null when the SPEC has no rule. */
export function createPruning(spec: Spec, tier: string, rows: readonly TrialRow[]): Pruning | null {
  const config = spec.pruner;
  if (config === null) return null;
  const direction = spec.metric_direction;
  const reports = new Map<number, Report[]>();
  let best: { iteration: number; loss: number } | null = null;

  function ended(iteration: number, run: Ended): void {
    const { value } = run;
    if (value === null || !isFeasible(spec, run)) return;
    const loss = toLoss(direction, value);
    if (best === null || loss < best.loss) best = { iteration, loss };
  }

  for (const row of rows) {
    if (row.tier !== tier || row.reports === undefined) continue;
    reports.set(row.iteration, reportsOf(row).map(asLosses));
    ended(row.iteration, row);
  }

  function asLosses({ step, value, objectives }: IntermediateValue): Report {
    const losses = objectives === undefined ? null : lossesOf(spec.objectives, objectives);
    const report = { step, loss: toLoss(direction, value) };
    return losses === null || losses.length === 0 ? report : { ...report, losses };
  }

  return {
    ended,
    report(iteration, fresh) {
      const own = reports.get(iteration) ?? [];
      reports.set(iteration, own);
      const others = [...reports].flatMap(([other, theirs]) =>
        other === iteration ? [] : [theirs],
      );
      for (const one of fresh) {
        own.push(asLosses(one));
        const reason = pruneReason(config, direction, {
          own,
          others,
          best: best === null ? null : (reports.get(best.iteration) ?? null),
          iteration,
        });
        if (reason !== null) return reason;
      }
      return null;
    },
  };
}

/** At most this many intermediate values of a run are kept in the history. */
const KEPT_REPORTS = 200;

/** Values for the history: all, or evenly thinned with the first and the last; undefined for none. */
export function keptReports(reports: readonly IntermediateValue[]): {
  reports?: [number, number][];
  report_values?: Record<string, (number | null)[]>;
} {
  if (reports.length === 0) return {};
  const stride = Math.ceil(reports.length / KEPT_REPORTS);
  const kept = reports.filter((_, index) => index % stride === 0 || index === reports.length - 1);
  const names = [...new Set(kept.flatMap(({ objectives }) => Object.keys(objectives ?? {})))];
  const values = names.map((name) => [
    name,
    kept.map(({ objectives }) => objectives?.[name] ?? null),
  ]);
  return {
    reports: kept.map(({ step, value }) => [step, value]),
    ...(names.length === 0 ? {} : { report_values: Object.fromEntries(values) }),
  };
}
