import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import { runFolders, readBundle, type BundleState } from "../store/bundles.ts";
import { experimentLayout } from "../store/layout.ts";
import type { Spec } from "../domain/spec/spec.ts";
import type { TrialRow } from "../domain/types.ts";
import type { ExperimentView } from "../reduce/views.ts";
import { leaseState } from "../store/leases.ts";
import type { Session } from "./session.ts";
import { trialRows } from "./trials.ts";

export interface Shown {
  view: ExperimentView;
  spec: Spec;
  /** Who works on it now, in one line; null when nobody does. */
  holder: string | null;
}

/** One experiment: state, SPEC and who works on it. */
export async function showExperiment(session: Session, id: string): Promise<Shown> {
  const { store, lab } = session;
  const view = await store.view(id);
  const state = leaseState({ locks: store.layout.locks, ...lab }, id);
  const holder =
    state.kind === "held"
      ? `${state.record.command} (pid ${state.record.pid} on ${state.record.host})`
      : state.kind === "abandoned"
        ? `abandoned: ${state.why}; run \`labctl recover\``
        : null;
  return { view, spec: await store.spec(id), holder };
}

export interface RunsRequest {
  experiment: string;
  /** Last N in ledger order; null for all. */
  last: number | null;
  /** Only the N best of the current tier, best first. */
  top: number | null;
}

/** Sealed runs of an experiment, oldest first (or best first with `top`). */
export async function listRuns(session: Session, request: RunsRequest): Promise<TrialRow[]> {
  const rows = await trialRows(session, request.experiment);
  if (request.top !== null) {
    const view = await session.store.view(request.experiment);
    const sign = view.metric_direction === "maximize" ? -1 : 1;
    return rows
      .filter((row) => row.value !== null && row.tier === view.current_fidelity_tier)
      .sort((a, b) => sign * ((a.value ?? 0) - (b.value ?? 0)))
      .slice(0, request.top);
  }
  return request.last === null ? rows : rows.slice(-request.last);
}

export interface FoundRun {
  experiment: string;
  run_id: string;
  dir: string;
  bundle: BundleState;
}

/**
 * Finds a run by its id, a unique beginning of it, or `latest`/`best`, in one experiment or in all.
 * Throws `not-found`, or `usage` when several match.
 */
export async function findRun(
  session: Session,
  name: string,
  experiment: string | null,
): Promise<FoundRun> {
  const { store } = session;
  const ids = experiment === null ? store.rows().map((row) => row.id) : [experiment];
  const matches: { experiment: string; run_id: string }[] = [];
  for (const id of ids) {
    const view = await store.view(id);
    const wanted = name === "latest" ? view.last_run : name === "best" ? view.best_run : name;
    if (wanted === null) continue;
    const { runs } = experimentLayout(store.layout, id);
    for (const run_id of runFolders(runs)) {
      if (run_id === wanted) matches.splice(0, Infinity, { experiment: id, run_id });
      if (run_id === wanted) break;
      if (run_id.startsWith(wanted)) matches.push({ experiment: id, run_id });
    }
  }
  const [found] = matches;
  if (found === undefined) {
    throw new LabError("not-found", `no run ${JSON.stringify(name)}`, {
      hint: "see `labctl runs <experiment>` for run ids; `latest` and `best` work too",
    });
  }
  if (matches.length > 1) {
    const some = matches.slice(0, 3).map((match) => match.run_id);
    throw new LabError("usage", `${matches.length} runs match ${JSON.stringify(name)}`, {
      hint: `give more of the id: ${some.join(", ")}`,
    });
  }
  const dir = join(experimentLayout(store.layout, found.experiment).runs, found.run_id);
  return { ...found, dir, bundle: readBundle(dir, { check: false }) };
}

/** The bytes of one of a run's logs from `offset` on, at most `limit`. */
export function readLog(
  dir: string,
  stream: "stdout" | "stderr",
  offset: number,
  limit: number,
): Buffer {
  return readFileSync(join(dir, `${stream}.log`)).subarray(offset, offset + limit);
}
