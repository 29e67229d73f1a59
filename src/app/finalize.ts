import { LabError } from "../domain/errors.ts";
import { toLoss } from "../domain/metric.ts";
import { FINALIZED, finalProvenance, repeatKey } from "../domain/promoted.ts";
import type { Spec } from "../domain/spec/spec.ts";
import { openTiers } from "../domain/spec/tiers.ts";
import type { TrialRow } from "../domain/types.ts";
import { isFeasible } from "../domain/objectives.ts";
import { nextIteration } from "../reduce/experiment.ts";
import type { Finalized } from "../reduce/tier-views.ts";
import type { ExperimentView } from "../reduce/views.ts";
import type { Lease } from "../store/leases.ts";
import { openLanes } from "./lanes.ts";
import { runOne } from "./one-run.ts";
import { repeatOf } from "./repeat-run.ts";
import { restoreLostRuns } from "./restore-lost-runs.ts";
import type { Session } from "./session.ts";
import { trialRows } from "./trials.ts";
import { withLease } from "./with-lease.ts";

export interface FinalizeRequest {
  experiment: string;
  /** How many of the best to score. */
  top: number;
  /** Aborted: stop what is running; the call can be repeated. */
  signal: AbortSignal;
  onScored?: (scored: Scored) => void;
}

export interface Scored {
  /** The winner. */
  run_id: string;
  /** Its run on the locked tier. */
  final_run: string;
  value: number | null;
  reason: string;
}

export interface FinalizeReport {
  view: ExperimentView;
  finalized: Finalized;
  /** What this call ran. */
  scored: Scored[];
  /** An earlier call chose the winners. */
  resumed: boolean;
}

/**
 * Scores the best runs of the dearest tier that has any on the locked tier, once, and completes the
 * experiment. The choice is recorded before the first score is known; a call that was cut off, or a
 * winner that could not be measured, is taken up again by the next call, and what has a score is
 * never scored again. Throws `policy-refused` when all of it was done before.
 */
export async function finalize(
  session: Session,
  request: FinalizeRequest,
): Promise<FinalizeReport> {
  const { experiment } = request;
  const { store } = session;
  await restoreLostRuns(session);
  await store.view(experiment);
  return withLease(session, experiment, "finalize", async (lease) => {
    const spec = await store.spec(experiment);
    const before = (await store.view(experiment)).finalized;
    assertNotDone(experiment, before);
    if (before === undefined) await choose(session, spec, request);
    const scored = await scoreAll(session, spec, lease, request);
    const view = await store.view(experiment);
    const { finalized } = view;
    if (finalized === undefined) throw new LabError("bug", "nothing was chosen");
    if (finalized.winners.every(({ final_value }) => final_value !== null)) {
      const { tier } = finalized;
      const ts = session.now();
      await store.record([{ type: "finalize_finished", ts, experiment, tier }], { sync: true });
    }
    return {
      view: await store.view(experiment),
      finalized,
      scored,
      resumed: before !== undefined,
    };
  });
}

function assertNotDone(experiment: string, finalized: Finalized | undefined): void {
  if (finalized === undefined || finalized.finished_at === null) return;
  const scores = finalized.winners.map(({ run_id, final_value }) => `${run_id}: ${final_value}`);
  throw new LabError(
    "policy-refused",
    `${experiment} was finalized at ${finalized.finished_at}: tier ${finalized.tier} is scored once`,
    { details: scores, hint: `see \`labctl show ${experiment}\`` },
  );
}

async function choose(session: Session, spec: Spec, { top }: FinalizeRequest): Promise<void> {
  const { id: experiment, locked_tier: tier } = spec;
  if (tier === "") {
    throw new LabError("usage", `${experiment} has no locked tier`, {
      hint: "add one to fidelity_tiers of its SPEC.yaml and name it: `locked_tier: final`",
    });
  }
  const rows = await trialRows(session, experiment);
  if (rows.some((row) => row.tier === tier)) {
    throw new LabError(
      "policy-refused",
      `${experiment} has runs on tier ${tier} already: what was seen before is not held out`,
      { hint: "name a tier as locked_tier that nothing was run on" },
    );
  }
  const from_tier = openTiers(spec).findLast((name) =>
    rows.some((row) => row.tier === name && row.value !== null),
  );
  if (from_tier === undefined) {
    throw new LabError("nothing-to-do", `${experiment} has no measured run to finalize`, {
      hint: `run some first: labctl burst ${experiment}`,
    });
  }
  const winners = bestOf(spec, rows, from_tier).slice(0, top);
  if (winners.length === 0) {
    throw new LabError("usage", `no run on tier ${from_tier} of ${experiment} can be run again`, {
      hint: "runs can that have params, or a change of code that builtin:reference measured, and keep every output constraint",
    });
  }
  await session.store.record(
    [
      {
        type: "finalize_started",
        ts: session.now(),
        experiment,
        tier,
        from_tier,
        winners: winners.map(({ run_id, value }) => ({ run_id, value })),
      },
    ],
    { sync: true },
  );
}

/** Measured, feasible candidates of a tier that can be run again, each once, best first. */
function bestOf(
  spec: Spec,
  rows: readonly TrialRow[],
  tier: string,
): { run_id: string; value: number }[] {
  const seen = new Set<string>();
  const loss = ({ value }: { value: number }): number => toLoss(spec.metric_direction, value);
  return rows
    .flatMap((row) => {
      const { run_id, iteration, value } = row;
      const key = repeatKey(row);
      if (row.tier !== tier || value === null || key === null || !isFeasible(spec, row)) return [];
      return [{ run_id, iteration, value, key }];
    })
    .sort((a, b) => loss(a) - loss(b) || a.iteration - b.iteration)
    .filter(({ key }) => !seen.has(key) && seen.add(key));
}

async function scoreAll(
  session: Session,
  spec: Spec,
  lease: Lease,
  { experiment, signal, onScored }: FinalizeRequest,
): Promise<Scored[]> {
  const { store } = session;
  const rows = await trialRows(session, experiment);
  const lanes = openLanes(session, spec, lease, rows);
  const scored: Scored[] = [];
  try {
    for (;;) {
      const view = await store.view(experiment);
      const winner = view.finalized?.winners.find(
        ({ run_id, final_value }) =>
          final_value === null && scored.every((done) => done.run_id !== run_id),
      );
      if (winner === undefined || view.finalized === undefined || signal.aborted) break;
      const origin = rows.find(({ run_id }) => run_id === winner.run_id);
      if (origin === undefined) {
        throw new LabError("not-found", `${winner.run_id} is not in the history any more`, {
          hint: "run `labctl recover`",
        });
      }
      const { tier } = view.finalized;
      const again = await repeatOf(session, lanes, spec, { tier, origin });
      const done = await runOne(session, {
        ...again,
        experiment,
        mode: "finalize",
        iteration: nextIteration(view, new Set()),
        lease,
        strategy: FINALIZED,
        provenance: finalProvenance(origin),
        seed: null,
        signal,
      });
      if (again.sandbox !== null) (await lanes.of(tier)).pool.giveBack(again.sandbox);
      if (!done.sealed) break;
      const { value, reason } = done.report;
      const entry = { run_id: winner.run_id, final_run: done.run_id, value, reason };
      scored.push(entry);
      onScored?.(entry);
    }
  } finally {
    await lanes.dispose();
  }
  return scored;
}
