import { toLoss } from "../domain/metric.ts";
import type { Spec } from "../domain/spec/spec.ts";
import type { TrialRow } from "../domain/types.ts";
import type { IntermediateValue } from "../run/reports.ts";
import { pruneReason } from "../search/pruners/pruners.ts";
import type { Report } from "../search/pruners/pruner.ts";

/** Decides about runs in progress by what they and all others of the tier report. */
export interface Pruning {
  /** Takes in new values of a running iteration; a text is why to stop it now. */
  report(iteration: number, fresh: readonly IntermediateValue[]): string | null;
  /** The run has ended with this value; null when it was pruned or failed. */
  ended(iteration: number, value: number | null): void;
}

/** Pruning by the SPEC's rule over the history `rows` of a tier; null when the SPEC has no rule. */
export function createPruning(spec: Spec, tier: string, rows: readonly TrialRow[]): Pruning | null {
  const config = spec.pruner;
  if (config === null) return null;
  const direction = spec.metric_direction;
  const reports = new Map<number, Report[]>();
  let best: { iteration: number; loss: number } | null = null;

  function ended(iteration: number, value: number | null): void {
    if (value === null) return;
    const loss = toLoss(direction, value);
    if (best === null || loss < best.loss) best = { iteration, loss };
  }

  for (const row of rows) {
    if (row.tier !== tier || row.reports === undefined) continue;
    const losses = row.reports.map(([step, value]) => ({ step, loss: toLoss(direction, value) }));
    reports.set(row.iteration, losses);
    ended(row.iteration, row.value);
  }

  return {
    ended,
    report(iteration, fresh) {
      const own = reports.get(iteration) ?? [];
      reports.set(iteration, own);
      const others = [...reports].flatMap(([other, theirs]) =>
        other === iteration ? [] : [theirs],
      );
      for (const { step, value } of fresh) {
        own.push({ step, loss: toLoss(direction, value) });
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
} {
  if (reports.length === 0) return {};
  const stride = Math.ceil(reports.length / KEPT_REPORTS);
  const kept = reports.filter((_, index) => index % stride === 0 || index === reports.length - 1);
  return { reports: kept.map(({ step, value }) => [step, value]) };
}
