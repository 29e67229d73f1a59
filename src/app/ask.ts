import { LabError } from "../domain/errors.ts";
import type { TrialAsked } from "../domain/events.ts";
import { freeIterations, ownRunCount } from "../reduce/experiment.ts";
import { MAX_ASKED, openAsks } from "../reduce/trials.ts";
import type { AskedTrial, ExperimentView } from "../reduce/views.ts";
import { strategyNamed } from "../search/registry.ts";
import { takeAnswersIfAny } from "./take-answers-if-any.ts";
import { assertRunnable } from "./assert-runnable.ts";
import { completeIfStopped } from "./complete-if-stopped.ts";
import { expireAsks } from "./expire-asks.ts";
import { askModelForRun } from "./model/ask-model-for-run.ts";
import { openProposer, type OpenProposer } from "./open-proposer.ts";
import { nextRun } from "./next-run.ts";
import { nothingLeft } from "./nothing-left.ts";
import { warnOfMisfits } from "./queued-trial.ts";
import { restoreLostRuns } from "./restore-lost-runs.ts";
import type { Session } from "./session.ts";
import { withLeaseSoon } from "./with-lease-soon.ts";

export interface AskRequest {
  experiment: string;
  /** Trials wanted; there are fewer when the SPEC allows fewer. */
  count: number;
  /** null: the SPEC's own, else random. */
  strategy: string | null;
  seed: number | null;
  search_space: string | null;
  expires_hours: number;
  /** How long to wait for somebody else to give the experiment back. */
  wait_ms: number;
}

/** strategy of a SPEC that names none, as of `burst`. */
const DEFAULT_STRATEGY = "random";
const HOUR_MS = 3_600_000;

/**
 * Hands out trials to be evaluated elsewhere: what waits in the queue first, then proposals. Each
 * takes an iteration until it is told or expires. The lease is held for as long as this takes.
 */
export async function askTrials(session: Session, request: AskRequest): Promise<AskedTrial[]> {
  const { experiment } = request;
  const { store } = session;
  if (request.strategy !== null) strategyNamed(request.strategy);
  await restoreLostRuns(session);
  await takeAnswersIfAny(session);
  const { wait_ms } = request;
  return withLeaseSoon(session, experiment, { command: "ask", wait_ms }, async () => {
    await completeIfStopped(session, experiment);
    await expireAsks(session, experiment);
    const view = await store.view(experiment);
    assertRunnable(view);
    const { strategy } = await store.spec(experiment);
    const arm = request.strategy ?? (strategy === "" ? DEFAULT_STRATEGY : strategy);
    const search = await openProposer(session, { ...request, arms: [arm] });
    warnOfMisfits(session, view, search.space);
    const count = Math.min(request.count, placesLeft(view, search));
    const asked = await choose(session, view, search, { ...request, count });
    if (asked.length === 0) return refuse(session, experiment);
    await store.record(
      asked.map((trial) => askedEvent(experiment, trial)),
      { sync: true },
    );
    return asked;
  });
}

/** Throws why there is no trial now. */
async function refuse(session: Session, experiment: string): Promise<never> {
  await nothingLeft(session, experiment);
  const view = await session.store.view(experiment);
  assertRunnable(view);
  const out = openAsks(view).length;
  throw new LabError("nothing-to-do", `${experiment}: no tier may have another trial yet`, {
    hint: `tell the ${out} that are asked: they decide what is promoted`,
  });
}

function askedEvent(experiment: string, trial: AskedTrial): TrialAsked {
  const { asked_at: ts, iteration, tier, params, strategy, provenance, seed, expires_at } = trial;
  const asked = { iteration, tier, params, strategy, provenance, seed, expires_at };
  return { type: "trial_asked", ts, experiment, ...asked };
}

/** How many more trials may be out; throws when none may. */
function placesLeft(view: ExperimentView, { spec }: OpenProposer): number {
  if (view.asked.length >= MAX_ASKED) {
    throw new LabError("stop-reached", `${view.id} has ${MAX_ASKED} asked trials: no more fit`, {
      hint: `tell some of them: labctl tell ${view.id} TRIAL --value V, or --failed`,
    });
  }
  const out = openAsks(view).length;
  const total = spec.max_iterations_total;
  const left = total - ownRunCount(view) - out;
  if (left > 0) return Math.min(left, MAX_ASKED - view.asked.length);
  // As in a burst: a resumed experiment that has had all its runs still gets one at a time.
  if (out === 0) return 1;
  throw new LabError(
    "stop-reached",
    `${view.id}: all ${total} iterations are finished or asked (${out} not told yet)`,
    { hint: "tell those, or raise max_iterations_total in its SPEC.yaml" },
  );
}

/** Waiting for a model ends by itself. */
const never = new AbortController().signal;

async function choose(
  session: Session,
  view: ExperimentView,
  search: OpenProposer,
  { count, expires_hours }: AskRequest,
): Promise<AskedTrial[]> {
  const asked_at = session.now();
  const expires_at = new Date(Date.parse(asked_at) + expires_hours * HOUR_MS).toISOString();
  const passed = new Set<string>();
  const asked: AskedTrial[] = [];
  const out = [...view.asked];
  for (const iteration of freeIterations(view)) {
    if (asked.length >= count) break;
    const options = { iteration, running: [], passed, declined: [], skips: 0 };
    const chosen = nextRun(search, { ...view, asked: out }, options);
    if (chosen === null) break;
    const signals = { soon: never, now: never };
    const next = await askModelForRun(session, search, chosen, { iteration, skips: 0, signals });
    if (next.key !== null) passed.add(next.key);
    const { params, strategy, provenance } = next.trial;
    const { seed } = search.proposer;
    const trial = { iteration, tier: next.tier, params, strategy, provenance, seed };
    asked.push({ ...trial, asked_at, expires_at, expired: false });
    // It takes the place of the expired trial of its iteration.
    const expired = out.findIndex((other) => other.iteration === iteration);
    if (expired >= 0) out.splice(expired, 1);
    out.push({ ...trial, asked_at, expires_at, expired: false });
  }
  return asked;
}
