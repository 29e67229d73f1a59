import { join } from "node:path";
import { LabError } from "../../domain/errors.ts";
import type { Outcome, Params, TrialRow } from "../../domain/types.ts";
import { nextIteration } from "../../reduce/experiment.ts";
import { ticketOf } from "../../reduce/tickets.ts";
import type { ExperimentView } from "../../reduce/views.ts";
import { readBundle } from "../../store/bundles.ts";
import { experimentLayout } from "../../store/layout.ts";
import type { Lease } from "../../store/leases.ts";
import { removeJob, removeTicketFiles, ticketFiles, writeJob } from "../../store/ticket-files.ts";
import { completeIfStopped } from "../complete-if-stopped.ts";
import { expireAsks } from "../expire-asks.ts";
import { takeAnswers } from "../approvals.ts";
import { restoreLostRuns } from "../restore-lost-runs.ts";
import type { Session } from "../session.ts";
import { trialRows } from "../trials.ts";
import { withLeaseSoon } from "../with-lease-soon.ts";
import { readDecision } from "./read-decision.ts";
import { runSubmission } from "./run-submission.ts";
import { experimentOf, standingOf, type SubmissionRules } from "./standing.ts";
import type { SubmissionInput } from "./submission.ts";

export interface SubmitRequest extends SubmissionRules {
  ticket: string;
  input: SubmissionInput;
  /** What the candidate should show, in a sentence; "" when nobody says. */
  hypothesis: string;
  reasoning: string;
  /** How long to wait for somebody else to give the experiment back. */
  wait_ms: number;
  signal: AbortSignal;
}

export interface Submitted {
  ticket: string;
  experiment: string;
  run_id: string;
  run_dir: string;
  iteration: number;
  tier: string;
  outcome: Outcome;
  value: number | null;
  /** Better than what it was compared with. */
  accepted: boolean;
  reason: string;
  /** Best run of its tier now. */
  best_run: string | null;
  best_value: number | null;
  /** The run was there already: nothing was evaluated now. */
  replayed: boolean;
  /** What the reference executor decided; null for params. */
  decision: Params | null;
}

const HYPOTHESIS_CHARACTERS = 2000;
const REASONING_CHARACTERS = 20_000;

/**
 * Evaluates what an agent hands in for its ticket and seals the run. The same submission again gives
 * the same run. What is refused leaves the ticket open and spends nothing; see standingOf(). A run
 * that was interrupted leaves the ticket open too.
 */
export async function submitTicket(session: Session, request: SubmitRequest): Promise<Submitted> {
  const { ticket, input, wait_ms } = request;
  assertTexts(request);
  await restoreLostRuns(session);
  await takeAnswers(session);
  const experiment = experimentOf(session, ticket);
  const rules = { ...request, at: session.now() };
  const before = await standingOf(session, ticket, input, rules);
  if (before.kind === "submitted") return submitted(session, experiment, before.row, true);
  const files = ticketFiles(session.store.layout, ticket);
  const command = `submit by ${before.ticket.worker}`;
  const done = await withLeaseSoon(session, experiment, { command, wait_ms }, async (lease) => {
    writeJob(files, session.lab.processes.self());
    try {
      return await evaluate(session, rules, experiment, lease);
    } finally {
      removeJob(files);
    }
  });
  removeTicketFiles(session.store.layout, ticket);
  return done;
}

async function evaluate(
  session: Session,
  request: SubmitRequest & { at: string },
  experiment: string,
  lease: Lease,
): Promise<Submitted> {
  await completeIfStopped(session, experiment);
  await expireAsks(session, experiment);
  // Asked again under the lease: another process may have run it, or what it was made for changed.
  const now = await standingOf(session, request.ticket, request.input, request);
  if (now.kind === "submitted") return submitted(session, experiment, now.row, true);
  const { run_id } = await runSubmission(session, {
    ...request,
    ...now,
    experiment,
    lease,
    iteration: nextIteration(now.view, new Set()),
  });
  const row = await rowOf(session, experiment, run_id);
  return submitted(session, experiment, row, false);
}

async function rowOf(session: Session, experiment: string, run_id: string): Promise<TrialRow> {
  const row = (await trialRows(session, experiment)).find((one) => one.run_id === run_id);
  if (row !== undefined) return row;
  throw new LabError("bug", `${run_id} is not in the history of ${experiment}`);
}

/** What a submitted run came to, as everybody can read it from the history and its bundle. */
export async function submitted(
  session: Session,
  experiment: string,
  row: TrialRow,
  replayed: boolean,
): Promise<Submitted> {
  const { run_id, iteration, tier, outcome, value } = row;
  const { store } = session;
  const run_dir = join(experimentLayout(store.layout, experiment).runs, run_id);
  const view = await store.view(experiment);
  const bundle = readBundle(run_dir, { check: false });
  const decision = readDecision(run_dir);
  return {
    ticket: ticketOf(row) ?? "",
    experiment,
    run_id,
    run_dir,
    iteration,
    tier,
    outcome,
    value,
    accepted: wasAccepted(decision, view, row),
    reason: bundle.kind === "sealed" ? bundle.manifest.reason : "",
    best_run: view.best_run_by_tier[tier] ?? null,
    best_value: view.best_metric_by_tier[tier] ?? null,
    replayed,
    decision,
  };
}

function wasAccepted(decision: Params | null, view: ExperimentView, row: TrialRow): boolean {
  if (decision !== null) return decision["accepted"] === true;
  const found = view.discoveries.some(({ run_id }) => run_id === row.run_id);
  return found || view.best_run_by_tier[row.tier] === row.run_id;
}

function assertTexts({ hypothesis, reasoning }: SubmitRequest): void {
  const limits: [string, string, number][] = [
    ["hypothesis", hypothesis, HYPOTHESIS_CHARACTERS],
    ["reasoning", reasoning, REASONING_CHARACTERS],
  ];
  for (const [name, text, limit] of limits) {
    if (text.length <= limit) continue;
    throw new LabError(
      "usage",
      `the ${name} has ${text.length} characters, at most ${limit} are kept`,
      {
        hint: "say it shorter",
      },
    );
  }
}
