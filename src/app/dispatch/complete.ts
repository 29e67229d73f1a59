import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AttemptResult } from "../../domain/dispatch/attempt.ts";
import { LabError } from "../../domain/errors.ts";
import { OUTCOMES, type JsonObject, type Outcome } from "../../domain/types.ts";
import { inRunFolder, measureAims } from "../../run/measure.ts";
import { readBounded } from "../../run/read-bounded.ts";
import { openBlobs } from "../../store/blobs.ts";
import { packTree, RESULT_LIMITS } from "../../store/file-trees.ts";
import { indexPackage } from "../../store/package-index.ts";
import { sealPackage } from "../../store/package-queue.ts";
import { attemptFolder, packageState, readPackage } from "../../store/package-state.ts";
import type { Session } from "../session.ts";

export interface CompletedPackage {
  dispatch_id: string;
  experiment: string;
  outcome: Outcome;
  value: number | null;
  epoch: number;
  /** false: another attempt was sealed before; this one is kept with the package and does not count. */
  counts: boolean;
}

/** Outcomes that somebody may say of a run done by hand. */
export const BY_HAND = OUTCOMES.filter((outcome) => outcome !== "pruned" && outcome !== "void");

/**
 * Seals a package that was claimed by hand with what is in its run/ folder. With `success` a value
 * must be there: in metrics.json or as the last line of stdout.log. Throws LabError not-found for an
 * unknown package, lease-held for one that somebody else has.
 */
export function completeByHand(
  session: Session,
  request: { dispatch_id: string; outcome: Outcome; worker: string },
): CompletedPackage {
  const { store, lab } = session;
  const { layout } = store;
  const pack = readPackage(layout.packages, request.dispatch_id);
  const state = packageState(layout.packages, pack.id);
  const { claim, epoch } = state;
  if (state.ended !== null) {
    throw new LabError("stale-ticket", `${pack.id} has ended: ${state.ended.kind}`, {
      hint: "`labctl runs` shows what counts",
    });
  }
  if (claim === null || state.released !== null) {
    throw new LabError("usage", `${pack.id} is claimed by nobody`, {
      hint: "claim it first: `labctl dispatch-claim --worker NAME`",
    });
  }
  if (!claim.manual || (request.worker !== "" && request.worker !== claim.worker)) {
    throw new LabError("lease-held", `${pack.id} is claimed by ${claim.worker}`, {
      hint: claim.manual
        ? `say --worker ${claim.worker}, if that is you`
        : "that worker completes it by itself",
    });
  }
  const run = join(attemptFolder(layout.packages, pack.id, epoch), "run");
  mkdirSync(run, { recursive: true });
  const reading = readingOf(run, pack.spec, request.outcome);
  const ended_at = session.now();
  const report: JsonObject = {
    ...reading,
    outcome: request.outcome,
    reason: request.outcome === "success" ? "" : `${claim.worker} says: ${request.outcome}`,
    command: "by hand",
    exit_code: null,
    duration_ms: Math.max(0, Date.parse(ended_at) - Date.parse(claim.claimed_at)),
    swept: 0,
    stdout_cut_bytes: 0,
    stderr_cut_bytes: 0,
    notes: [],
    reports: [],
    result_md: resultText(run),
  };
  const result: AttemptResult = {
    schema_version: 1,
    package: pack.id,
    epoch,
    worker: claim.worker,
    host: lab.processes.self().host,
    started_at: claim.claimed_at,
    ended_at,
    report,
    files: packTree(run, openBlobs(layout.blobs), { limits: RESULT_LIMITS }),
  };
  const sealed = sealPackage(layout.packages, result);
  indexPackage(layout, packageState(layout.packages, pack.id));
  const value = typeof report["value"] === "number" ? report["value"] : null;
  const { outcome } = request;
  const counts = sealed === epoch;
  return { dispatch_id: pack.id, experiment: pack.experiment, outcome, value, epoch, counts };
}

function readingOf(
  run: string,
  spec: Parameters<typeof measureAims>[0],
  outcome: Outcome,
): JsonObject {
  if (outcome !== "success") return { value: null, source: "", metrics: {} };
  const stdout = join(run, "stdout.log");
  if (!existsSync(stdout)) writeFileSync(stdout, "");
  const reading = measureAims(spec, stdout, [inRunFolder(run)]);
  if ("problem" in reading) {
    throw new LabError("usage", `no value in ${run}: ${reading.problem}`, {
      hint: 'write metrics.json with {"value": NUMBER} there, or say another --outcome',
    });
  }
  const { value, source, metrics, objectives } = reading;
  return { value, source, metrics, ...(objectives === undefined ? {} : { objectives }) };
}

function resultText(run: string): string | null {
  const text = readBounded(join(run, "RESULT.md"), 128 * 1024);
  return text === null ? null : text.head + text.tail;
}
