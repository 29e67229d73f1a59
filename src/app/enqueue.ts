import { basename } from "node:path";
import { canonicalJson } from "../domain/canonical-json.ts";
import { LabError } from "../domain/errors.ts";
import { neededMetrics } from "../domain/objectives.ts";
import type { TrialEnqueued } from "../domain/events.ts";
import { adaptParams } from "../domain/space/adapt.ts";
import { paramProblems } from "../domain/space/param-problems.ts";
import type { Space } from "../domain/space.ts";
import { specForTier } from "../domain/spec/tiers.ts";
import type { Params } from "../domain/types.ts";
import { freeIterations } from "../reduce/experiment.ts";
import { fingerprintOf, MAX_QUEUED } from "../reduce/trials.ts";
import type { Lease } from "../store/leases.ts";
import { recordFinished } from "./record-finished.ts";
import { restoreLostRuns } from "./restore-lost-runs.ts";
import { loadSpace } from "./search-space.ts";
import type { Session } from "./session.ts";
import type { BadRow, FileTrial } from "./trial-files/file-trial.ts";
import { readTrialFile, type TrialFileSource } from "./trial-files/read-trial-file.ts";
import { trialRows } from "./trials.ts";
import { withLease } from "./with-lease.ts";

export interface EnqueueRequest {
  experiment: string;
  source: TrialFileSource;
  search_space: string | null;
  /** Refuse all when any row cannot be used. */
  strict: boolean;
  /** Only say what would be done. */
  dry_run: boolean;
}

export interface EnqueueReport {
  /** Params that now wait to be run. */
  queued: number;
  /** Trials that were run elsewhere and now are part of the history. */
  imported: number;
  /** Rows that an earlier call brought in. */
  known: number;
  skipped: BadRow[];
  /** Columns or keys that mean nothing here. */
  ignored: string[];
}

/** `strategy` of trials that were imported with their result. */
export const IMPORTED = "imported";
/** Bundles written between two syncs of the ledger. */
const BATCH = 512;

interface Row extends FileTrial {
  fingerprint: string;
}

/**
 * Brings the trials of a file into an experiment: those without a result run before any proposal,
 * those with one become history. A row is known by its content and by how often the file has it, so
 * the same file again, or a longer one, or one whose import was killed, adds only what is missing.
 */
export async function enqueueTrials(
  session: Session,
  request: EnqueueRequest,
): Promise<EnqueueReport> {
  const { experiment, source } = request;
  const { store } = session;
  await restoreLostRuns(session);
  const view = await store.view(experiment);
  const spec = specForTier(await store.spec(experiment), view.current_fidelity_tier);
  const space = await loadSpace(spec, request.search_space);
  const { trials, bad, ignored } = await readTrialFile(source, {
    space,
    metric: spec.metric,
    needed: neededMetrics(spec),
    objectives: spec.objectives,
    tier: view.current_fidelity_tier,
    direction: spec.metric_direction,
  });
  const { rows, misfits } = fit(trials, space);
  const skipped = [...bad, ...misfits];
  const total = rows.length + skipped.length;
  if (rows.length === 0 || (request.strict && skipped.length > 0)) {
    throw refusal(source.file, skipped, total);
  }
  const fresh = await newRows(session, experiment, rows);
  const queued = fresh.filter((row) => row.result === null);
  const imported = fresh.filter((row) => row.result !== null);
  if (view.queued.length + queued.length > MAX_QUEUED) {
    throw new LabError(
      "usage",
      `${view.queued.length} params wait already and the file adds ${queued.length}: at most ${MAX_QUEUED} may wait`,
      { hint: "enqueue a smaller file, and the rest when some have been run" },
    );
  }
  const report = {
    queued: queued.length,
    imported: imported.length,
    known: rows.length - fresh.length,
    skipped,
    ignored,
  };
  if (request.dry_run) return report;
  if (imported.length === 0) {
    await enqueue(session, request, queued);
    await store.flush();
    return report;
  }
  return withLease(session, experiment, "enqueue", async (lease) => {
    await enqueue(session, request, queued);
    // Nobody else can have imported meanwhile what was not there yet once the lease is taken.
    const missing = await newRows(session, experiment, imported);
    await importRows(session, request, lease, missing);
    return {
      ...report,
      imported: missing.length,
      known: rows.length - queued.length - missing.length,
    };
  });
}

/** Rows that fit the space, with their fingerprints, and why the others do not. */
function fit(trials: readonly FileTrial[], space: Space): { rows: Row[]; misfits: BadRow[] } {
  const rows: Row[] = [];
  const misfits: BadRow[] = [];
  const seen = new Map<string, number>();
  for (const trial of trials) {
    const problems = paramProblems(space, trial.params);
    const params = problems.length === 0 ? trial.params : adapted(trial.params, space);
    if (params === null) {
      misfits.push({ place: trial.place, problem: problems.join("; ") });
      continue;
    }
    const content = canonicalJson([params, trial.result === null ? null : { ...trial.result }]);
    const count = (seen.get(content) ?? 0) + 1;
    seen.set(content, count);
    const digest = new Bun.CryptoHasher("sha256").update(`${count} ${content}`).digest("hex");
    rows.push({ ...trial, params, fingerprint: digest.slice(0, 24) });
  }
  return { rows, misfits };
}

/** An older trial as one of today's space; what it was run with is never left out unseen. */
function adapted(params: Params, space: Space): Params | null {
  const known = new Set(space.parameters.map(({ name }) => name));
  if (!Object.keys(params).every((name) => known.has(name))) return null;
  return adaptParams(space, params);
}

/** Those that are neither in the history nor waiting. */
async function newRows(session: Session, experiment: string, rows: readonly Row[]): Promise<Row[]> {
  const view = await session.store.view(experiment);
  const known = new Set(
    [...(await trialRows(session, experiment)), ...view.asked, ...view.queued].map(fingerprintOf),
  );
  return rows.filter((row) => !known.has(row.fingerprint));
}

function refusal(file: string, skipped: readonly BadRow[], total: number): LabError {
  const details = skipped.map(({ place, problem }) => `${file} ${place}: ${problem}`);
  const shown = details.slice(0, 20);
  if (details.length > shown.length) shown.push(`and ${details.length - shown.length} more`);
  return total === 0
    ? new LabError("usage", `${file} holds no trials`, { hint: "give at least one set of params" })
    : new LabError("usage", `${file}: ${skipped.length} of ${total} rows cannot be used`, {
        details: shown,
        hint: "mend those rows; without --strict they are skipped when others are good",
      });
}

async function enqueue(
  session: Session,
  { experiment, source }: EnqueueRequest,
  rows: readonly Row[],
): Promise<void> {
  const ts = session.now();
  const events = rows.map(({ params, ...row }): TrialEnqueued => ({
    type: "trial_enqueued",
    ts,
    experiment,
    params,
    provenance: provenanceOf(source, row),
  }));
  await session.store.record(events, { sync: true });
}

async function importRows(
  session: Session,
  { experiment, source }: EnqueueRequest,
  lease: Lease,
  rows: readonly Row[],
): Promise<void> {
  const { store } = session;
  const file = sourceName(source);
  for (let from = 0; from < rows.length; from += BATCH) {
    const view = await store.view(experiment);
    const iterations = freeIterations(view);
    const started_at = session.now();
    const finished = rows.slice(from, from + BATCH).flatMap(({ params, result, ...row }) => {
      if (result === null) return [];
      return {
        iteration: iterations.next().value,
        tier: view.current_fidelity_tier,
        params,
        strategy: IMPORTED,
        provenance: provenanceOf(source, row),
        seed: null,
        ...result,
        reason: result.value === null ? `${result.outcome} in ${file}` : "",
        metrics: {},
        started_at,
      };
    });
    const method = `Evaluated elsewhere, imported from ${file}.`;
    await recordFinished(session, { experiment, lease, mode: "imported", method }, finished);
  }
}

function provenanceOf(
  source: TrialFileSource,
  { place, fingerprint }: Pick<Row, "place" | "fingerprint">,
): Params {
  return { source: sourceName(source), place, fingerprint };
}

/** Where the file lay is of no use to anybody later. */
function sourceName({ file }: TrialFileSource): string {
  return file === "-" ? "stdin" : basename(file);
}
