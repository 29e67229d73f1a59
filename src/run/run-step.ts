import { existsSync } from "node:fs";
import { LabError } from "../domain/errors.ts";
import { runTag } from "../domain/env-contract.ts";
import { humanDuration } from "../domain/time.ts";
import type { GroupResult } from "../ports.ts";
import { commandArgv } from "./command.ts";
import { type CommandFailure, commandFailure } from "./describe-exit.ts";
import type { ExecuteRequest } from "./execute.ts";
import type { IntermediateValue } from "./reports.ts";

/** What the commands of one run share: environment, one time budget, and what they cost together. */
export interface RunSession {
  request: ExecuteRequest;
  env: Record<string, string>;
  budget_ms: number;
  started_ms: number;
  swept: number;
  stdout_cut_bytes: number;
  stderr_cut_bytes: number;
  /** Of the last command that ended; null before, or when a signal ended it. */
  exit_code: number | null;
  notes: string[];
  reports: IntermediateValue[];
}

export interface Step {
  command: string;
  cwd: string;
  /** Folders in which relative scripts are looked for besides `cwd`. */
  search: readonly string[];
  stdout_path: string;
  stderr_path: string;
  /** Stops this command alone, besides the signal of the run. */
  signal?: AbortSignal;
}

/** Starts the budget of a run. */
export function openSession(request: ExecuteRequest, env: Record<string, string>): RunSession {
  return {
    request,
    env,
    budget_ms: request.spec.time_budget_minutes * 60_000,
    started_ms: request.clock.monotonic_ms(),
    swept: 0,
    stdout_cut_bytes: 0,
    stderr_cut_bytes: 0,
    exit_code: null,
    notes: [],
    reports: [],
  };
}

/** Milliseconds that the run may still take. */
export function leftOfBudget({ request, budget_ms, started_ms }: RunSession): number {
  return budget_ms - (request.clock.monotonic_ms() - started_ms);
}

/** Runs one command within what is left of the budget; null when it exited 0, else why it did not. */
export async function runStep(session: RunSession, step: Step): Promise<CommandFailure | null> {
  const { request } = session;
  const budget = humanDuration(session.budget_ms);
  const left = leftOfBudget(session);
  if (left <= 0)
    return { outcome: "timeout", reason: `nothing left of the time budget of ${budget}` };
  if (!existsSync(request.run.dir)) return runFolderGone();
  let line;
  try {
    line = commandArgv(step.command, {
      shell: request.spec.shell,
      cwd: step.cwd,
      search: step.search,
      params: request.params,
      runtime: request.processes.selfCommand()[0] ?? "",
      path: session.env.PATH ?? "",
    });
  } catch (error) {
    if (error instanceof LabError) return { outcome: "failed", reason: error.message };
    throw error;
  }
  const result = await request.processes.runGroup({
    argv: line.argv,
    cwd: step.cwd,
    env: { ...session.env, ...line.env },
    stdout_path: step.stdout_path,
    stderr_path: step.stderr_path,
    timeout_ms: left,
    grace_ms: request.grace_ms ?? 5000,
    max_output_bytes: request.max_output_bytes ?? 1024 * 1024,
    tag: runTag(request.run.dir),
    ...anySignal(request.signal, step.signal),
  });
  addUp(session, result);
  if (!existsSync(request.run.dir)) return runFolderGone();
  return commandFailure(result, {
    argv: line.argv,
    cwd: step.cwd,
    stderr_path: step.stderr_path,
    budget,
  });
}

function runFolderGone(): CommandFailure {
  return { outcome: "failed", reason: "the executor removed its own run folder" };
}

function anySignal(...signals: (AbortSignal | undefined)[]): { signal?: AbortSignal } {
  const given = signals.filter((signal) => signal !== undefined);
  if (given.length === 0) return {};
  const [only] = given;
  return { signal: given.length === 1 && only !== undefined ? only : AbortSignal.any(given) };
}

function addUp(session: RunSession, result: GroupResult): void {
  session.swept += result.swept;
  session.stdout_cut_bytes += result.stdout_cut_bytes;
  session.stderr_cut_bytes += result.stderr_cut_bytes;
  session.exit_code = result.exit_code;
}
