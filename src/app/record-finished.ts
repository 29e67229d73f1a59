import type { RunManifest } from "../domain/manifest.ts";
import { isBetter } from "../domain/metric.ts";
import { specForTier } from "../domain/spec/tiers.ts";
import { isFeasible, type Measurements } from "../domain/objectives.ts";
import type { JsonObject, Outcome, Params, RunMode } from "../domain/types.ts";
import { judged } from "../reduce/judge.ts";
import { renderResult } from "../reduce/result.ts";
import { sealedEvent } from "../reduce/sealed-event.ts";
import { roleOf } from "../schedule/role.ts";
import { experimentLayout } from "../store/layout.ts";
import type { Lease } from "../store/leases.ts";
import { runIds, writeSealed } from "../store/write-sealed.ts";
import type { Session } from "./session.ts";

/** A trial that was evaluated outside this lab. */
export interface FinishedOutside {
  iteration: number;
  tier: string;
  params: Params;
  strategy: string;
  provenance: Params;
  seed: number | null;
  outcome: Outcome;
  /** null unless the outcome is success. */
  value: number | null;
  /** Every objective and constrained metric of the SPEC, when it has any and there is a value. */
  objectives?: Measurements;
  /** Why there is no value; "" when there is one. */
  reason: string;
  /** What else was measured. */
  metrics: JsonObject;
  started_at: string;
  /** What a model was asked and said for it, by name. */
  agent_files?: Readonly<Record<string, string>>;
}

export interface RecordFinished {
  experiment: string;
  lease: Lease;
  mode: Extract<RunMode, "told" | "imported">;
  /** One sentence for RESULT.md: how the results came here. */
  method: string;
}

/**
 * Puts trials that were evaluated elsewhere into the history: a sealed bundle and an event each.
 * Gives the run ids, in order. Either all of them are recorded or, when this throws, none is.
 */
export async function recordFinished(
  session: Session,
  { experiment, lease, mode, method }: RecordFinished,
  trials: readonly FinishedOutside[],
): Promise<string[]> {
  const { store, lab } = session;
  const view = await store.view(experiment);
  const base = await store.spec(experiment);
  const now = session.now();
  const best = new Map(Object.entries(view.best_metric_by_tier));
  const roles = trials.map(({ iteration }) => roleOf(base.worker_roles, iteration));
  const ids = runIds(lab.clock.now(), (index) => roles[index] ?? "run");
  const finished = trials.map((trial, index) => {
    const spec = specForTier(base, trial.tier);
    const role = roles[index] ?? "run";
    const manifest: RunManifest = {
      schema_version: 1,
      run_id: ids.next().value,
      experiment,
      role,
      started_at: trial.started_at,
      completed_at: now,
      executor_profile: mode,
      repo_revision: null,
      lease_id: lease.record.lease_id,
      fidelity_tier: trial.tier,
      executor_class: spec.executor_class,
      time_budget_minutes: spec.time_budget_minutes,
      status: trial.outcome,
      iteration: trial.iteration,
      mode,
      generation: lease.record.generation,
      metric: spec.metric,
      value: trial.value,
      ...(trial.objectives === undefined ? {} : { objectives: trial.objectives }),
      source: mode,
      command: "",
      exit_code: null,
      duration_ms: Math.max(0, Date.parse(now) - Date.parse(trial.started_at)),
      reason: trial.reason,
      strategy: trial.strategy,
      seed: trial.seed,
      params: trial.params,
      provenance: trial.provenance,
      labctl: lab.version,
    };
    const previousBest = best.get(trial.tier) ?? null;
    const result = renderResult({
      ...manifest,
      role,
      timestamp: now,
      outcome: trial.outcome,
      direction: spec.metric_direction,
      tier: trial.tier,
      previousBest,
      method,
      ...judged(spec, trial),
    });
    const { iteration, value } = trial;
    const counts = value !== null && isFeasible(spec, trial);
    if (counts && isBetter(spec.metric_direction, value, previousBest)) best.set(trial.tier, value);
    const measured = { iteration, metric: spec.metric, value, source: mode };
    const files = {
      "metrics.json": json({ ...trial.metrics, ...trial.objectives, ...measured }),
      "RESULT.md": result,
      ...underAgent(trial.agent_files ?? {}),
    };
    return { manifest, result, files };
  });
  const seals = await writeSealed(
    experimentLayout(store.layout, experiment).runs,
    finished.map(({ manifest, files }) => ({
      run_id: manifest.run_id,
      sealed_at: now,
      generation: manifest.generation,
      manifest: json(manifest),
      files,
    })),
  );
  await store.record(
    finished.map(({ manifest, result }, index) =>
      sealedEvent(manifest, now, result, seals[index] ?? ""),
    ),
    { sync: true },
  );
  return finished.map(({ manifest }) => manifest.run_id);
}

function underAgent(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`artifacts/agent/${name}`, text]),
  );
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
