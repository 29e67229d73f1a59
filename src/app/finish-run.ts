import { join } from "node:path";
import type { RunManifest } from "../domain/manifest.ts";
import type { Spec } from "../domain/spec/spec.ts";
import { sealedEvent } from "../reduce/sealed-event.ts";
import type { ExecuteReport } from "../run/execute.ts";
import { sealRunSteps, setAside } from "../store/bundles.ts";
import { inTurns } from "../store/steps.ts";
import type { Session } from "./session.ts";
import { failedReport, writeResult } from "./write-result.ts";

/** What ends with a result. */
export interface FinishingRun {
  dir: string;
  manifest: RunManifest;
  /** Resolved for the tier. */
  spec: Spec;
  plan: string;
  /** Best value of the tier before this run. */
  previous_best: number | null;
  /** Of whoever proposed the candidate; "" for none. */
  hypothesis: string;
  generation: number;
}

/**
 * Writes the result, applies an accepted change, seals the bundle and appends run_sealed. Returns the
 * report it was sealed with: a change that could not be applied makes it a failed run.
 */
export async function finishRun(
  session: Session,
  { generation, ...run }: FinishingRun,
  report: ExecuteReport,
): Promise<ExecuteReport> {
  const { store } = session;
  const { dir, manifest } = run;
  const completed_at = session.now();
  const writing = { ...run, completed_at };
  let final = report;
  let written = writeResult(writing, final);
  // Only now, so that a crash in between finds a result to go with what was applied.
  const { promotion } = report;
  const notApplied =
    promotion === undefined
      ? null
      : await settlePromotionOf({ id: manifest.run_id, dir }, promotion);
  if (notApplied !== null) {
    final = failedReport(report, notApplied);
    written = writeResult(writing, final);
  }
  const seal = await inTurns(sealRunSteps(dir, manifest.run_id, completed_at, generation));
  if (seal !== null) {
    await store.record([sealedEvent(written.manifest, completed_at, written.result, seal)], {
      sync: true,
    });
  }
  return final;
}

/** Ends a run that was not measured: it is set aside and counts as never run. */
export async function interruptRun(
  session: Session,
  run: { experiment: string; run_id: string; dir: string },
  reason: string,
): Promise<void> {
  const { store } = session;
  const { experiment, run_id, dir } = run;
  setAside(dir, join(store.layout.backups, "interrupted", experiment));
  await store.record([{ type: "run_interrupted", ts: session.now(), experiment, run_id, reason }], {
    sync: true,
  });
}

/** Loaded when there is something to apply: few runs have it. */
async function settlePromotionOf(
  run: { id: string; dir: string },
  promotion: NonNullable<RunManifest["promotion"]>,
): Promise<string | null> {
  const { settlePromotion } = await import("../run/reference/promotion.ts");
  return settlePromotion(run, promotion, { resumed: false });
}
