import { EXIT_CODES, type ErrorCode, LabError } from "../../domain/errors.ts";
import { ticketExperiment } from "../../domain/ids.ts";
import type { Phase } from "../../domain/types.ts";
import { ticketOf } from "../../reduce/tickets.ts";
import type { RunningBrief } from "../../reduce/views.ts";
import { isQueued } from "../../store/is-queued.ts";
import { leaseState } from "../../store/leases.ts";
import { readText } from "../../store/read-text.ts";
import { readJob, ticketFiles } from "../../store/ticket-files.ts";
import type { Session } from "../session.ts";
import { findRun } from "../show.ts";
import { trialRows } from "../trials.ts";
import { isInEvaluation } from "./jobs.ts";
import { experimentOf } from "./standing.ts";
import { submitted, type Submitted } from "./submit.ts";

/** What was waited for, and how it stands now. */
export type Waited =
  | ({ what: "ticket" | "run" } & Submitted)
  | {
      what: "experiment";
      experiment: string;
      phase: Phase;
      runs: number;
      best_run: string | null;
      best_value: number | null;
    };

/** How often the size of the ledger is looked at, and how often everything else is. */
const POLL_MS = 100;
const LOOK_MS = 1000;

/**
 * Waits until a ticket is submitted and evaluated, a run is sealed, or nobody works on an
 * experiment. Throws `wait-timeout` after `timeout_ms`, and what a submission in the background
 * threw.
 */
export async function waitFor(session: Session, name: string, timeout_ms: number): Promise<Waited> {
  const look = await lookout(session, name);
  const { clock } = session.lab;
  const started = clock.monotonic_ms();
  for (;;) {
    await session.store.sync();
    const found = await look();
    if (found !== null) return found;
    const left = timeout_ms - (clock.monotonic_ms() - started);
    if (left <= 0) break;
    await change(session, Math.min(left, LOOK_MS));
  }
  throw new LabError("wait-timeout", `${name} has not ended after ${timeout_ms / 1000} s`, {
    hint: "it goes on; wait again",
  });
}

/** Sleeps until something was recorded, at most `limit_ms`. */
async function change({ store }: Session, limit_ms: number): Promise<void> {
  const before = store.ledger.size();
  for (let slept = 0; slept < limit_ms && store.ledger.size() === before; slept += POLL_MS) {
    await Bun.sleep(Math.min(POLL_MS, limit_ms - slept));
  }
}

type Look = () => Promise<Waited | null>;

async function lookout(session: Session, name: string): Promise<Look> {
  if (ticketExperiment(name) !== null) {
    const experiment = experimentOf(session, name);
    return () => ticketEnded(session, experiment, name);
  }
  if (session.store.rows().some(({ id }) => id === name)) return () => idle(session, name);
  const run = await findRun(session, name, null);
  return () => runEnded(session, run.experiment, run.run_id);
}

async function ticketEnded(
  session: Session,
  experiment: string,
  ticket: string,
): Promise<Waited | null> {
  const files = ticketFiles(session.store.layout, ticket);
  // Read before the history: a process that is gone now has recorded all it had to.
  const job = readJob(files);
  const isGone = job !== null && session.lab.processes.liveness(job) === "dead";
  if (isGone) await session.store.sync();
  const rows = await trialRows(session, experiment);
  const row = rows.find((one) => ticketOf(one) === ticket);
  if (row !== undefined) {
    return { what: "ticket", ...(await submitted(session, experiment, row, false)) };
  }
  const view = await session.store.view(experiment);
  if (!view.tickets.some((one) => one.ticket === ticket)) {
    const closed = view.closed_tickets.find((one) => one.ticket === ticket);
    if (closed === undefined) {
      throw new LabError("not-found", `there is no ticket ${ticket}`, {
        hint: `get one: labctl next ${experiment}`,
      });
    }
    throw new LabError("stale-ticket", `${ticket} was not submitted: it is ${closed.reason}`, {
      hint: `call next again: labctl next ${experiment}`,
    });
  }
  if (isGone) throw failureOf(readText(files.answer), ticket);
  return null;
}

/** What a submission in the background said before it ended. */
function failureOf(answer: string | null, ticket: string): LabError {
  const again = `nothing was counted; submit ${ticket} again`;
  const error = errorIn(answer ?? "");
  if (error === null) {
    return new LabError("interrupted", `the process that evaluated ${ticket} is gone`, {
      hint: again,
    });
  }
  return new LabError(error.code, error.message, { hint: error.hint ?? again });
}

function errorIn(answer: string): { code: ErrorCode; message: string; hint?: string } | null {
  try {
    const { error } = JSON.parse(answer.trimEnd().split("\n").at(-1) ?? "");
    const code = Object.keys(EXIT_CODES).find((name) => name === error.code);
    if (!isErrorCode(code)) return null;
    const hint = typeof error.hint === "string" ? { hint: error.hint } : {};
    return { code, message: String(error.message), ...hint };
  } catch {
    return null;
  }
}

function isErrorCode(name: string | undefined): name is ErrorCode {
  return name !== undefined && name !== "done" && Object.hasOwn(EXIT_CODES, name);
}

async function runEnded(
  session: Session,
  experiment: string,
  run_id: string,
): Promise<Waited | null> {
  const row = (await trialRows(session, experiment)).find((one) => one.run_id === run_id);
  if (row !== undefined) {
    return { what: "run", ...(await submitted(session, experiment, row, false)) };
  }
  const { running } = await session.store.view(experiment);
  const found = running.find((run) => run.run_id === run_id);
  if (found !== undefined && (isAway(session, found) || isHeld(session, experiment))) return null;
  throw new LabError("interrupted", `${run_id} was stopped before it was measured`, {
    hint: "its iteration will be run again; `labctl recover` sets it aside now",
  });
}

async function idle(session: Session, experiment: string): Promise<Waited | null> {
  const view = await session.store.view(experiment);
  const evaluated = view.tickets.some(({ ticket }) => isInEvaluation(session, ticket));
  const isBusy = view.running.some((run) => isAway(session, run)) || isHeld(session, experiment);
  if (evaluated || isBusy) return null;
  return {
    what: "experiment",
    experiment,
    phase: view.phase,
    runs: view.run_count,
    best_run: view.best_run,
    best_value: view.best_metric_value,
  };
}

/** Whether somebody else executes it, and a queue answers for that. */
function isAway({ store }: Session, { dispatch_id }: RunningBrief): boolean {
  return dispatch_id !== undefined && isQueued(store.layout, dispatch_id);
}

function isHeld({ store, lab }: Session, experiment: string): boolean {
  const { kind } = leaseState({ locks: store.layout.locks, ...lab }, experiment);
  return kind === "held" || kind === "unreadable" || kind === "original";
}
