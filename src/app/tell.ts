import { LabError } from "../domain/errors.ts";
import type { JsonObject, Outcome } from "../domain/types.ts";
import { expireAsks } from "./expire-asks.ts";
import { openKeptProposals } from "./model/kept-proposals.ts";
import { recordFinished } from "./record-finished.ts";
import { restoreLostRuns } from "./restore-lost-runs.ts";
import type { Session } from "./session.ts";
import { readTold } from "./told-values.ts";
import { trialRows } from "./trials.ts";
import { withLeaseSoon } from "./with-lease-soon.ts";

export interface TellRequest {
  experiment: string;
  /** What `ask` called it: its iteration. */
  trial: number;
  /** null: it failed. */
  value: number | null;
  /** Metrics by name, the primary one among them; null when only `value` is told. */
  values?: JsonObject | null;
  /** What else was measured. */
  metrics: JsonObject;
  /** How long to wait for somebody else to give the experiment back. */
  wait_ms: number;
}

export interface Told {
  trial: number;
  run_id: string;
  outcome: Outcome;
  value: number | null;
  /** Strictly better than everything before on its tier. */
  accepted: boolean;
  /** Best of its tier after it. */
  best: number | null;
}

/**
 * Records what an asked trial came to, as a sealed run. A trial whose time is over is accepted too,
 * as long as nobody told it: whoever has it now evaluates the same params. Throws `usage` for a
 * value that is no finite number and for a trial told before, `not-found` for one never asked.
 */
export async function tellTrial(session: Session, request: TellRequest): Promise<Told> {
  const { experiment, trial: iteration, values = null, wait_ms } = request;
  const { store } = session;
  const isFailed = request.value === null && values === null;
  const told = isFailed
    ? { value: null, metrics: request.metrics }
    : readTold(await store.spec(experiment), { ...request, values });
  const { value } = told;
  await restoreLostRuns(session);
  return withLeaseSoon(session, experiment, { command: "tell", wait_ms }, async (lease) => {
    const view = await store.view(experiment);
    const trial =
      view.asked.find((asked) => asked.iteration === iteration) ??
      (await refuse(session, experiment, iteration));
    const outcome = value === null ? "failed" : "success";
    const reason = value === null ? "told as failed" : "";
    // What a model said for it waits beside the lab's state until it is told.
    const { agent_files } = openKeptProposals(store.layout, view).read(iteration, 0) ?? {};
    const asked = agent_files === undefined ? {} : { agent_files };
    const [run_id = ""] = await recordFinished(
      session,
      { experiment, lease, mode: "told", method: "Evaluated outside the lab, told with `tell`." },
      [{ ...trial, outcome, reason, ...told, ...asked, started_at: trial.asked_at }],
    );
    await expireAsks(session, experiment);
    const after = await store.view(experiment);
    return {
      trial: iteration,
      run_id,
      outcome,
      value,
      accepted: after.best_run_by_tier[trial.tier] === run_id,
      best: after.best_metric_by_tier[trial.tier] ?? null,
    };
  });
}

/** Throws what is wrong with telling a trial that is not asked now. */
async function refuse(session: Session, experiment: string, trial: number): Promise<never> {
  const rows = await trialRows(session, experiment);
  const done = rows.find((row) => row.iteration === trial);
  if (done !== undefined) {
    const result = done.value === null ? done.outcome : String(done.value);
    throw new LabError("usage", `trial ${trial} is finished already: ${result} in ${done.run_id}`, {
      hint: `ask for another one: labctl ask ${experiment}`,
    });
  }
  const { asked } = await session.store.view(experiment);
  const some = asked.slice(0, 5).map(({ iteration }) => iteration);
  const more = asked.length > some.length ? ", ..." : "";
  throw new LabError("not-found", `${experiment} has not asked for a trial ${trial}`, {
    hint:
      asked.length === 0
        ? `no trial is asked now; ask for one: labctl ask ${experiment}`
        : `tell one of the asked trials: ${some.join(", ")}${more}`,
  });
}
