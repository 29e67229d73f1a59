import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import { runFolders, readBundle, type BundleState } from "../store/bundles.ts";
import { experimentLayout, type Layout } from "../store/layout.ts";
import { isFeasible } from "../domain/objectives.ts";
import type { Spec } from "../domain/spec/spec.ts";
import type { StopRow } from "../domain/stop.ts";
import type { TrialRow } from "../domain/types.ts";
import { explainStops } from "../reduce/explain-stops.ts";
import { bestRun } from "../reduce/tiers.ts";
import { frontOf } from "../reduce/fronts.ts";
import type { ExperimentView, IndexRow } from "../reduce/views.ts";
import { leaseState } from "../store/leases.ts";
import type { Session } from "./session.ts";
import { trialRows } from "./trials.ts";

export interface Shown {
  view: ExperimentView;
  spec: Spec;
  /** Its limits, and where it stands with each now. */
  stops: StopRow[];
  /** Who works on it now, in one line; null when nobody does. */
  holder: string | null;
  /** The folder of its files. */
  dir: string;
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
  const spec = await store.spec(id);
  const stops = explainStops(spec, view, session.now());
  return { view, spec, stops, holder, dir: experimentLayout(store.layout, id).dir };
}

export interface RunsRequest {
  experiment: string;
  /** Last N in ledger order; null for all. */
  last: number | null;
  /** Only the N best of the tier that the best run is of, best first. */
  top: number | null;
  /** Only the Pareto front of the current tier, by the primary metric. */
  pareto?: boolean;
}

/** Sealed runs of an experiment, oldest first (or best first with `top`). */
export async function listRuns(session: Session, request: RunsRequest): Promise<TrialRow[]> {
  const rows = await trialRows(session, request.experiment);
  if (request.pareto === true) return frontRows(session, request.experiment, rows);
  if (request.top !== null) {
    const view = await session.store.view(request.experiment);
    const tier = bestRun(view)?.tier ?? view.current_fidelity_tier;
    const spec = await session.store.spec(request.experiment);
    const sign = view.metric_direction === "maximize" ? -1 : 1;
    return rows
      .filter((row) => row.value !== null && row.tier === tier)
      .filter((row) => isFeasible(spec, row))
      .sort((a, b) => sign * ((a.value ?? 0) - (b.value ?? 0)))
      .slice(0, request.top);
  }
  return request.last === null ? rows : rows.slice(-request.last);
}

/** The rows of the front; throws `usage` for an experiment with a single objective. */
async function frontRows(
  session: Session,
  id: string,
  rows: readonly TrialRow[],
): Promise<TrialRow[]> {
  const view = await session.store.view(id);
  const front = frontOf(view, view.current_fidelity_tier);
  if (front === null) {
    throw new LabError("usage", `${id} has a single objective, ${view.metric}: no Pareto front`, {
      hint: `labctl runs ${id} --top 5 lists its best runs; \`objectives\` in a SPEC names several`,
    });
  }
  const byId = new Map(rows.map((row) => [row.run_id, row]));
  return front.runs.flatMap(({ run_id }) => byId.get(run_id) ?? []);
}

export interface FoundRun {
  experiment: string;
  run_id: string;
  dir: string;
  bundle: BundleState;
}

/**
 * Finds a run by its id, a unique beginning of it, `latest` (the last started) or `best`, in one
 * experiment or in all. Throws `not-found`, or `usage` when several match.
 */
export async function findRun(
  session: Session,
  name: string,
  experiment: string | null,
): Promise<FoundRun> {
  const { layout } = session.store;
  const rows = session.store.rows();
  const searched = experiment === null ? rows : [await session.store.view(experiment)];
  const matches = searched.flatMap((row) => runsNamed(layout, row, name));
  const exact = matches.find((match) => match.run_id === name);
  const found = exact ?? (name === "latest" ? latestOf(matches) : matches[0]);
  if (found === undefined) {
    throw new LabError("not-found", `no run ${JSON.stringify(name)}`, {
      hint: "see `labctl runs <experiment>` for run ids; `latest` and `best` work too",
    });
  }
  if (exact === undefined && name !== "latest" && matches.length > 1) {
    const some = matches.slice(0, 3).map((match) => `${match.run_id} of ${match.experiment}`);
    throw new LabError("usage", `${matches.length} runs match ${JSON.stringify(name)}`, {
      hint: `give more of the id, or --experiment: ${some.join(", ")}`,
    });
  }
  const dir = join(experimentLayout(layout, found.experiment).runs, found.run_id);
  return { ...found, dir, bundle: readBundle(dir, { check: false }) };
}

interface RunName {
  experiment: string;
  run_id: string;
}

/** The runs of one experiment that `name` may mean. */
function runsNamed(layout: Layout, row: IndexRow, name: string): RunName[] {
  const named = (run_id: string | null): RunName[] =>
    run_id === null ? [] : [{ experiment: row.id, run_id }];
  if (name === "latest") return named(row.running.at(-1)?.run_id ?? row.last_run);
  if (name === "best") return named(row.best_run);
  return runFolders(experimentLayout(layout, row.id).runs)
    .filter((run_id) => run_id.startsWith(name))
    .flatMap(named);
}

/** Ids of runs begin with the time of their start. */
function latestOf(runs: readonly RunName[]): RunName | undefined {
  return runs.toSorted((a, b) => (a.run_id < b.run_id ? -1 : 1)).at(-1);
}
